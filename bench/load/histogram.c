#include "histogram.h"

/* Values below 2 * SUBS have buckets of their own; above, each power of two is cut into SUBS. */
static unsigned bucket_of(uint64_t value)
{
    if (value < SUBS)
        return (unsigned)value;
    unsigned shift = 63 - SUB_BITS - (unsigned)__builtin_clzll(value);
    return (shift + 1) * SUBS + (unsigned)((value >> shift) - SUBS);
}

static uint64_t upper_end(unsigned bucket)
{
    if (bucket < SUBS)
        return bucket;
    unsigned shift = bucket / SUBS - 1;
    return ((uint64_t)(bucket % SUBS + SUBS + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->counts[bucket_of(value)]++;
    histogram->total++;
    histogram->sum += (double)value;
    if (value > histogram->max)
        histogram->max = value;
}

uint64_t histogram_at(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)histogram->total + 0.5), seen = 0;
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        seen += histogram->counts[bucket];
        if (seen >= wanted && seen > 0) {
            uint64_t end = upper_end(bucket);
            return end < histogram->max ? end : histogram->max;
        }
    }
    return 0;
}
