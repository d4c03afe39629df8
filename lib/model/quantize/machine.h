// What this machine has for a model.
#pragma once

#include "hug/fit.h"

namespace hug::quantize {

/// `measure`: reads some memory to see how fast that goes.
FitMachine look_at_machine(bool measure);

}  // namespace hug::quantize
