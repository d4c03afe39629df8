// The room `arch`: what an architecture family is. Its names half is here:
// hyper-parameters from config.json and from gguf, tensor names in both
// worlds, one file a family in families/, one table that lists them. Forward
// passes live beside them.
//
// Who comes in: convert and engine. What enters: config.json and gguf
// metadata, checked. What leaves: keys, names and rules; no tensor data.
#pragma once

#include "arch/config.h"
#include "arch/family.h"
#include "arch/hparams.h"
#include "arch/key_writer.h"
#include "arch/tensor_rule.h"
