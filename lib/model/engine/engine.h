// The room `engine`: from a model's file to text: loading, sessions, sampling,
// perplexity. Behind it lies arch, which knows what a layer computes, and nn,
// which computes it.
//
// Who comes in: serve/inference and, through hug/model.h, programs. What
// enters: byte sources, token ids, options. What leaves: logits and text.
#pragma once

#include "engine/local_model.h"
#include "engine/sampler.h"
