// Norms, rotations and activations of rows.

void rms_norm(const float* x, const float* w, float eps, size_t n, float* y) {
  F a = set(0);
  F b = set(0);
  size_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    const F u = load(x + i);
    const F v = load(x + i + kLanes);
    a = fma(u, u, a);
    b = fma(v, v, b);
  }
  for (; i < n; i += kLanes) {
    const F u = load_at(x, i, n);
    a = fma(u, u, a);
  }
  const float mean = add_up(a + b) / static_cast<float>(n) + eps;
  const F scale = set(1.0f / __builtin_sqrtf(mean));
  for (i = 0; i < n; i += kLanes) {
    const F v = load_at(x, i, n) * scale;
    store_at(y, w == nullptr ? v : v * load_at(w, i, n), i, n);
  }
}

void layer_norm(const float* x, const float* w, const float* b, float eps,
                size_t n, float* y) {
  F sum = set(0);
  for (size_t i = 0; i < n; i += kLanes)
    sum = sum + load_at(x, i, n);
  const float mean = add_up(sum) / static_cast<float>(n);
  F squares = set(0);
  for (size_t i = 0; i < n; i += kLanes) {
    F d = load_at(x, i, n) - set(mean);
    if (n - i < kLanes) {  // lanes behind the end are no elements
      alignas(64) float lane[kLanes];
      store(lane, d);
      d = load_part(lane, n - i);
    }
    squares = fma(d, d, squares);
  }
  const float variance = add_up(squares) / static_cast<float>(n);
  const F scale = set(1.0f / __builtin_sqrtf(variance + eps));
  for (size_t i = 0; i < n; i += kLanes) {
    F v = (load_at(x, i, n) - set(mean)) * scale;
    if (w != nullptr) v = v * load_at(w, i, n);
    if (b != nullptr) v = v + load_at(b, i, n);
    store_at(y, v, i, n);
  }
}

void turn_halves(float* x, const float* cos, const float* sin, size_t n) {
  for (size_t i = 0; i < n; i += kLanes) {
    const F a = load_at(x, i, n);
    const F b = load_at(x + n, i, n);
    const F c = load_at(cos, i, n);
    const F s = load_at(sin, i, n);
    store_at(x, a * c - b * s, i, n);
    store_at(x + n, fma(b, c, a * s), i, n);
  }
}

void turn_neighbours(float* x, const float* cos, const float* sin, size_t n) {
  for (size_t i = 0; i < n; i += kLanes) {
    const F a = load_at(x, i, n);
    const F c = load_at(cos, i, n);
    const F s = load_at(sin, i, n);
    store_at(x, fma(swap_neighbours(a), s, a * c), i, n);
  }
}

template <F (*act)(F)>
HUG_LANE void activate_with(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; i += kLanes) {
    const F v = load_at(y, i, n);
    store_at(y, x == nullptr ? act(v) : act(load_at(x, i, n)) * v, i, n);
  }
}

void activate(Activation kind, const float* x, float* y, size_t n) {
  switch (kind) {
    case Activation::kSilu:
      return activate_with<act_silu>(x, y, n);
    case Activation::kGeluTanh:
      return activate_with<act_gelu_tanh>(x, y, n);
    case Activation::kGeluErf:
      return activate_with<act_gelu_erf>(x, y, n);
    case Activation::kRelu:
      return activate_with<act_relu>(x, y, n);
  }
}

void clamped_glu(const float* gate, float* y, size_t n) {
  for (size_t i = 0; i < n; i += kLanes) {
    const F g = min(load_at(gate, i, n), set(7.0f));
    const F u = min(max(load_at(y, i, n), set(-7.0f)), set(7.0f));
    store_at(y, g * sigmoid(set(1.702f) * g) * (u + set(1.0f)), i, n);
  }
}

void add(float* x, const float* y, float factor, size_t n) {
  for (size_t i = 0; i < n; i += kLanes)
    store_at(x, fma(load_at(y, i, n), set(factor), load_at(x, i, n)), i, n);
}

void softcap(float* x, float cap, size_t n) {
  const F inverse = set(1.0f / cap);
  for (size_t i = 0; i < n; i += kLanes)
    store_at(x, set(cap) * tanh(load_at(x, i, n) * inverse), i, n);
}

void scan(const ScanJob& job) {
  for (size_t t = 0; t < job.n_token; ++t) {
    const float* b = job.b + t * job.bc_stride;
    const float* c = job.c + t * job.bc_stride;
    for (size_t i = 0; i < job.n_channel; ++i) {
      const F step = set(job.step[t * job.stride + i]);
      const F in = step * set(job.x[t * job.stride + i]);
      const float* a = job.a + i * job.n_state;
      float* state = job.state + i * job.n_state;
      F sum = set(0);
      for (size_t s = 0; s < job.n_state; s += kLanes) {
        const F keep = exp(step * load_at(a, s, job.n_state));
        const F now = fma(load_at(state, s, job.n_state), keep,
                          in * load_at(b, s, job.n_state));
        store_at(state, now, s, job.n_state);
        sum = fma(now, load_at(c, s, job.n_state), sum);
      }
      job.y[t * job.stride + i] = add_up(sum);
    }
  }
}

constexpr FloatKernels make_table() {
  FloatKernels t;
  t.rms_norm = rms_norm;
  t.layer_norm = layer_norm;
  t.turn_halves = turn_halves;
  t.turn_neighbours = turn_neighbours;
  t.activate = activate;
  t.clamped_glu = clamped_glu;
  t.add = add;
  t.softcap = softcap;
  t.scan = scan;
  t.store = store_token;
  t.attend = attend;
  return t;
}
