// The room `arch`: what an architecture family is. Hyper-parameters from
// config.json and from gguf, tensor names in both worlds, one file a family in
// families/, one table that lists them; in checkpoint/ what a whole checkpoint
// means in gguf's terms, its vocabulary included; weights by their place in
// the model, and the forward passes over them.
//
// Who comes in: convert and engine. What enters: config.json, tokenizers, gguf
// metadata and tensors from outside, all checked. What leaves: keys, names,
// rules and plans for convert; models and their results for engine.
#pragma once

#include "arch/config.h"
#include "arch/family.h"
#include "arch/hparams.h"
#include "arch/key_writer.h"
#include "arch/tensor_rule.h"
