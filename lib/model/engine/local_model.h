// The inside of hug::LocalModel.
#pragma once

#include <memory>
#include <string>

#include "arch/forward.h"
#include "hug/model.h"
#include "nn/team.h"

namespace hug {

struct LocalModel::Parts {
  std::shared_ptr<const arch::Model> model;
  Tokenizer tokenizer;
  nn::Team team;

  Parts(std::shared_ptr<const arch::Model> m, Tokenizer t, unsigned threads,
        bool reference = false)
      : model(std::move(m)),
        tokenizer(std::move(t)),
        team(threads,
             reference ? tensor::Isa::kScalar : tensor::best_isa()) {}
};

}  // namespace hug
