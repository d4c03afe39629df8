// The inside of hug::LocalModel.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arch/forward.h"
#include "engine/packing.h"
#include "hug/model.h"
#include "nn/team.h"

namespace hug {

struct LocalModel::Parts {
  std::shared_ptr<const arch::Model> model;
  Tokenizer tokenizer;
  nn::Team team;
  engine::Packing packing = {};
  ModelText text = {};
  std::vector<std::string> warnings = {};

  Parts(std::shared_ptr<const arch::Model> m, Tokenizer t, unsigned threads,
        tensor::Isa isa = tensor::best_isa())
      : model(std::move(m)), tokenizer(std::move(t)), team(threads, isa) {}
};

}  // namespace hug
