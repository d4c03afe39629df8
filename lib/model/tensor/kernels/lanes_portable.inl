// Four floats side by side, in the compiler's own vectors: what the encoders
// are written in where no wider instructions are to be used. Included inside
// the anonymous namespace of one source file, as its two siblings are.

constexpr int kLanes = 4;

typedef float Float4 __attribute__((vector_size(16)));
typedef int32_t Int4 __attribute__((vector_size(16)));

struct F {
  Float4 v;
};

struct I {
  Int4 v;
};

struct M {
  Int4 v;
};

HUG_LANE F set(float x) {
  return {Float4{x, x, x, x}};
}

HUG_LANE I set_int(int32_t x) {
  return {Int4{x, x, x, x}};
}

HUG_LANE F load(const float* p) {
  F f;
  __builtin_memcpy(&f.v, p, sizeof f.v);
  return f;
}

HUG_LANE void store(float* p, F f) {
  __builtin_memcpy(p, &f.v, sizeof f.v);
}

HUG_LANE F operator+(F a, F b) {
  return {a.v + b.v};
}

HUG_LANE F operator-(F a, F b) {
  return {a.v - b.v};
}

HUG_LANE F operator*(F a, F b) {
  return {a.v * b.v};
}

HUG_LANE F operator/(F a, F b) {
  return {a.v / b.v};
}

HUG_LANE M operator<(F a, F b) {
  return {a.v < b.v};
}

HUG_LANE M operator>(F a, F b) {
  return {a.v > b.v};
}

HUG_LANE M operator>=(F a, F b) {
  return {a.v >= b.v};
}

HUG_LANE M operator==(F a, F b) {
  return {a.v == b.v};
}

HUG_LANE M operator!=(F a, F b) {
  return {a.v != b.v};
}

HUG_LANE M operator&(M a, M b) {
  return {a.v & b.v};
}

HUG_LANE M operator|(M a, M b) {
  return {a.v | b.v};
}

HUG_LANE M operator~(M a) {
  return {~a.v};
}

HUG_LANE bool any(M m) {
  return (m.v[0] | m.v[1] | m.v[2] | m.v[3]) != 0;
}

HUG_LANE I bits_of(F f) {
  I i;
  __builtin_memcpy(&i.v, &f.v, sizeof i.v);
  return i;
}

HUG_LANE F float_of_bits(I i) {
  F f;
  __builtin_memcpy(&f.v, &i.v, sizeof f.v);
  return f;
}

HUG_LANE F select(M m, F a, F b) {
  return float_of_bits({(m.v & bits_of(a).v) | (~m.v & bits_of(b).v)});
}

HUG_LANE I select(M m, I a, I b) {
  return {(m.v & a.v) | (~m.v & b.v)};
}

HUG_LANE F absolute(F f) {
  return float_of_bits({bits_of(f).v & 0x7fffffff});
}

HUG_LANE F least(F a, F b) {
  return select(a < b, a, b);
}

HUG_LANE F greatest(F a, F b) {
  return select(a > b, a, b);
}

/// Nearest even integer of |f| < 2^22.
HUG_LANE F round_even(F f) {
  return (f + set(12582912.0F)) - set(12582912.0F);
}

HUG_LANE F square_root(F f) {
  return {Float4{__builtin_sqrtf(f.v[0]), __builtin_sqrtf(f.v[1]),
                 __builtin_sqrtf(f.v[2]), __builtin_sqrtf(f.v[3])}};
}

HUG_LANE F to_float(I i) {
  return {__builtin_convertvector(i.v, Float4)};
}

HUG_LANE int32_t truncate_one(float f) {
  const bool fits = f > -2147483648.0F && f < 2147483648.0F;
  return fits ? static_cast<int32_t>(f) : INT32_MIN;
}

HUG_LANE I to_int(F f) {
  return {Int4{truncate_one(f.v[0]), truncate_one(f.v[1]), truncate_one(f.v[2]),
               truncate_one(f.v[3])}};
}

HUG_LANE I operator+(I a, I b) {
  return {a.v + b.v};
}

HUG_LANE I operator-(I a, I b) {
  return {a.v - b.v};
}

HUG_LANE I operator&(I a, I b) {
  return {a.v & b.v};
}

HUG_LANE I operator|(I a, I b) {
  return {a.v | b.v};
}

HUG_LANE I least(I a, I b) {
  return select(M{a.v < b.v}, a, b);
}

HUG_LANE I greatest(I a, I b) {
  return select(M{a.v > b.v}, a, b);
}

/// The low byte of each lane.
HUG_LANE void store_bytes(uint8_t* p, I i) {
  for (int k = 0; k < 4; k++)
    p[k] = static_cast<uint8_t>(i.v[k]);
}

/// table[i] for i in 0..15.
HUG_LANE F look_up(const float* table, I i) {
  return {Float4{table[i.v[0]], table[i.v[1]], table[i.v[2]], table[i.v[3]]}};
}

HUG_LANE float largest_lane(F f) {
  const float a = f.v[0] > f.v[1] ? f.v[0] : f.v[1];
  const float b = f.v[2] > f.v[3] ? f.v[2] : f.v[3];
  return a > b ? a : b;
}
