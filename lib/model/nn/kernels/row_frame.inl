// From a job to the kernel for its number of columns. A kernel K has
//   template <int C> static void dot(const uint8_t* row, size_t n_in,
//                                    const uint8_t* columns, size_t size,
//                                    float* out)
// for one row: `size` bytes lie between columns, out gets C sums. What is added
// to one column's sum, in which order, does not depend on C.

HUG_LANE void prefetch(const uint8_t* w, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64)
    __builtin_prefetch(w + kAhead + i, 0, 3);
}

HUG_LANE float sum_of_four(__m128 v) {
  v = _mm_add_ps(v, _mm_movehl_ps(v, v));
  return _mm_cvtss_f32(_mm_add_ss(v, _mm_movehdup_ps(v)));
}

HUG_LANE float sum_of_eight(__m256 v) {
  return sum_of_four(
      _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1)));
}

/// Where column c stands; `size` bytes lie between columns.
template <class Column>
HUG_LANE const Column& column_at(const uint8_t* columns, int c, size_t size) {
  return *reinterpret_cast<const Column*>(columns +
                                          static_cast<size_t>(c) * size);
}

HUG_LANE void put(const RowJob& job, size_t row, size_t column, int n,
                  const float* sums) {
  const float bias = job.bias == nullptr ? 0.0F : job.bias[row];
  for (int c = 0; c < n; c++)
    job.y[(column + static_cast<size_t>(c)) * job.y_stride + row] =
        sums[c] + bias;
}

template <class K, int C>
HUG_LANE void multiply_row(const RowJob& job, size_t size, size_t row,
                           size_t column) {
  float sums[C];
  K::template dot<C>(job.rows + row * job.row_size, job.n_in,
                     job.columns + column * size, size, sums);
  put(job, row, column, C, sums);
}

/// All rows in one function: what unpacking needs stays in registers.
template <class K, int C>
[[gnu::noinline]] void multiply_rows(const RowJob& job, size_t size) {
  for (size_t row = job.begin; row < job.end; row++)
    multiply_row<K, C>(job, size, row, 0);
}

/// For common types: one pass for any number of columns.
template <class K>
void multiply(const RowJob& job) {
  const size_t size = K::kColumn.column_size(job.n_in);
  switch (job.n_column) {
    case 1:
      return multiply_rows<K, 1>(job, size);
    case 2:
      return multiply_rows<K, 2>(job, size);
    case 3:
      return multiply_rows<K, 3>(job, size);
    case 4:
      return multiply_rows<K, 4>(job, size);
    case 5:
      return multiply_rows<K, 5>(job, size);
    case 6:
      return multiply_rows<K, 6>(job, size);
    case 7:
      return multiply_rows<K, 7>(job, size);
    default:
      return multiply_rows<K, 8>(job, size);
  }
}

template <class K, int C>
[[gnu::noinline]] void multiply_piece(const RowJob& job, size_t size,
                                      size_t row, size_t column) {
  multiply_row<K, C>(job, size, row, column);
}

/// For rare types: pieces of four, two and one.
template <class K>
void multiply_pieces(const RowJob& job) {
  const size_t size = K::kColumn.column_size(job.n_in);
  if (job.n_column == 1) return multiply_rows<K, 1>(job, size);
  for (size_t row = job.begin; row < job.end; row++) {
    size_t c = 0;
    for (; c + 4 <= job.n_column; c += 4)
      multiply_piece<K, 4>(job, size, row, c);
    for (; c + 2 <= job.n_column; c += 2)
      multiply_piece<K, 2>(job, size, row, c);
    if (c < job.n_column) multiply_piece<K, 1>(job, size, row, c);
  }
}

template <class K>
constexpr RowKernel common() {
  return {K::kColumn.column_size, K::kColumn.prepare, multiply<K>};
}

template <class K>
constexpr RowKernel rare() {
  return {K::kColumn.column_size, K::kColumn.prepare, multiply_pieces<K>};
}
