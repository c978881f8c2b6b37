"""What is measured: one module per question. Each has `run(lab)`, and interleaves its repetitions itself."""
