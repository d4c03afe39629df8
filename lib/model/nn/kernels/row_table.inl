// The table of a set: kernels of common types have a pass for every number of
// columns.

constexpr RowTable make_table() {
  using tensor::DType;
  RowTable t;
  const auto at = [](DType type) { return static_cast<size_t>(type); };
  t.of[at(DType::kF32)] = common<Floats<F32>>();
  t.of[at(DType::kF16)] = common<Floats<F16>>();
  t.of[at(DType::kBf16)] = common<Floats<Bf16>>();
  t.of[at(DType::kQ8_0)] = common<Blocks32<Q8_0>>();
  t.of[at(DType::kQ4_0)] = common<Blocks32<Q4_0>>();
  t.of[at(DType::kQ4_1)] = rare<Blocks32<Q4_1>>();
  t.of[at(DType::kQ5_0)] = rare<Blocks32<Q5_0>>();
  t.of[at(DType::kQ5_1)] = rare<Blocks32<Q5_1>>();
  t.of[at(DType::kIq4Nl)] = rare<Blocks32<Iq4Nl>>();
  t.of[at(DType::kMxfp4)] = common<Blocks32<Mxfp4>>();
  t.of[at(DType::kQ2K)] = common<Blocks256<Q2K>>();
  t.of[at(DType::kQ3K)] = common<Blocks256<Q3K>>();
  t.of[at(DType::kQ4K)] = common<Blocks256<Q4K>>();
  t.of[at(DType::kQ5K)] = common<Blocks256<Q5K>>();
  t.of[at(DType::kQ6K)] = common<Blocks256<Q6K>>();
  t.of[at(DType::kIq4Xs)] = common<Blocks256<Iq4Xs>>();
  t.of[at(DType::kTq1_0)] = rare<Blocks256<Tq1>>();
  t.of[at(DType::kTq2_0)] = rare<Blocks256<Tq2>>();
  t.of[at(DType::kIq1S)] = rare<Blocks256<Iq1S>>();
  t.of[at(DType::kIq1M)] = rare<Blocks256<Iq1M>>();
  t.of[at(DType::kIq2Xxs)] = rare<Blocks256<Iq2Xxs>>();
  t.of[at(DType::kIq2Xs)] = rare<Blocks256<Iq2Xs>>();
  t.of[at(DType::kIq2S)] = rare<Blocks256<Iq2S>>();
  t.of[at(DType::kIq3Xxs)] = rare<Blocks256<Iq3Xxs>>();
  t.of[at(DType::kIq3S)] = rare<Blocks256<Iq3S>>();
  return t;
}
