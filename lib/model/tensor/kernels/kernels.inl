// Everything compiled once per instruction set, in the order of need. The
// source that includes this has declared its lanes.

// Each needs those before it.
// clang-format off
#include "tensor/kernels/constants.inl"
#include "tensor/kernels/values.inl"
#include "tensor/kernels/search.inl"
#include "tensor/kernels/search_small.inl"
#include "tensor/kernels/tile.inl"
#include "tensor/kernels/encode_k.inl"
#include "tensor/kernels/encode_32.inl"
#include "tensor/kernels/encode_small.inl"
#include "tensor/kernels/encode_iq4.inl"
#include "tensor/kernels/decode.inl"
#include "tensor/kernels/decode_iq.inl"

// clang-format on

constexpr KernelTable make_table() {
  KernelTable t;
  const auto at = [](DType type) { return static_cast<size_t>(type); };
  t.decode[at(DType::kF32)] = decode_f32;
  t.decode[at(DType::kF16)] = decode_f16;
  t.decode[at(DType::kBf16)] = decode_bf16;
  t.decode[at(DType::kQ4_0)] = decode_q4_0;
  t.decode[at(DType::kQ4_1)] = decode_q4_1;
  t.decode[at(DType::kQ5_0)] = decode_q5_0;
  t.decode[at(DType::kQ5_1)] = decode_q5_1;
  t.decode[at(DType::kQ8_0)] = decode_q8_0;
  t.decode[at(DType::kQ8_1)] = decode_q8_1;
  t.decode[at(DType::kQ8K)] = decode_q8_k;
  t.decode[at(DType::kQ2K)] = decode_q2_k;
  t.decode[at(DType::kQ3K)] = decode_q3_k;
  t.decode[at(DType::kQ4K)] = decode_q4_k;
  t.decode[at(DType::kQ5K)] = decode_q5_k;
  t.decode[at(DType::kQ6K)] = decode_q6_k;
  t.decode[at(DType::kTq1_0)] = decode_tq1_0;
  t.decode[at(DType::kTq2_0)] = decode_tq2_0;
  t.decode[at(DType::kQ1_0)] = decode_q1_0;
  t.decode[at(DType::kQ2_0)] = decode_q2_0;
  t.decode[at(DType::kMxfp4)] = decode_mxfp4;
  t.decode[at(DType::kNvfp4)] = decode_nvfp4;
  t.decode[at(DType::kIq4Nl)] = decode_iq4_nl;
  t.decode[at(DType::kIq4Xs)] = decode_iq4_xs;
  t.decode[at(DType::kIq2Xxs)] = decode_iq2_xxs;
  t.decode[at(DType::kIq2Xs)] = decode_iq2_xs;
  t.decode[at(DType::kIq2S)] = decode_iq2_s;
  t.decode[at(DType::kIq3Xxs)] = decode_iq3_xxs;
  t.decode[at(DType::kIq3S)] = decode_iq3_s;
  t.decode[at(DType::kIq1S)] = decode_iq1_s;
  t.decode[at(DType::kIq1M)] = decode_iq1_m;
  t.encode[at(DType::kF32)] = encode_f32;
  t.encode[at(DType::kF16)] = encode_f16;
  t.encode[at(DType::kBf16)] = encode_bf16;
  t.encode[at(DType::kQ4_0)] = encode_q4_0;
  t.encode[at(DType::kQ4_1)] = encode_q4_1;
  t.encode[at(DType::kQ5_0)] = encode_q5_0;
  t.encode[at(DType::kQ5_1)] = encode_q5_1;
  t.encode[at(DType::kQ8_0)] = encode_q8_0;
  t.encode[at(DType::kQ2K)] = encode_q2_k;
  t.encode[at(DType::kQ3K)] = encode_q3_k;
  t.encode[at(DType::kQ4K)] = encode_q4_k;
  t.encode[at(DType::kQ5K)] = encode_q5_k;
  t.encode[at(DType::kQ6K)] = encode_q6_k;
  t.encode[at(DType::kTq1_0)] = encode_tq1_0;
  t.encode[at(DType::kTq2_0)] = encode_tq2_0;
  t.encode[at(DType::kQ1_0)] = encode_q1_0;
  t.encode[at(DType::kQ2_0)] = encode_q2_0;
  t.encode[at(DType::kMxfp4)] = encode_mxfp4;
  t.encode[at(DType::kNvfp4)] = encode_nvfp4;
  t.encode[at(DType::kIq4Nl)] = encode_iq4_nl;
  t.encode[at(DType::kIq4Xs)] = encode_iq4_xs;
  return t;
}
