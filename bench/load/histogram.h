/* Counts of durations in buckets that are at most 1/64 wide, so any percentile is right to 1.6 %.
 * Source: the layout of HdrHistogram (Gil Tene). */
#pragma once

#include <stdint.h>

enum { SUB_BITS = 6, SUBS = 1 << SUB_BITS, BUCKETS = (64 - SUB_BITS + 1) * SUBS };

struct histogram {
    uint64_t counts[BUCKETS];
    uint64_t total, max;
    double sum;
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* The value that `share` (0 to 1) of all values do not exceed; 0 when there are none. */
uint64_t histogram_at(const struct histogram *histogram, double share);
