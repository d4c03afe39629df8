// Every family there is; each is defined in a file of families/.
#pragma once

#include "arch/family.h"

namespace hug::arch {

extern const Family kLlama;
extern const Family kMistral;
extern const Family kMixtral;
extern const Family kSmolLm3;
extern const Family kGranite;
extern const Family kQwen2;
extern const Family kQwen2Moe;
extern const Family kQwen3;
extern const Family kQwen3Moe;
extern const Family kGemma;
extern const Family kGemma2;
extern const Family kGemma3;
extern const Family kPhi2;
extern const Family kPhi3;
extern const Family kGpt2;
extern const Family kGptNeox;
extern const Family kFalcon;
extern const Family kStableLm;
extern const Family kStarcoder2;
extern const Family kOlmo;
extern const Family kOlmo2;
extern const Family kOlmoe;
extern const Family kCommandR;
extern const Family kGlm4;
extern const Family kDeepseek2;
extern const Family kDeepseek3;
extern const Family kGptOss;
extern const Family kExaone4;
extern const Family kMamba;
extern const Family kLfm2;
extern const Family kBert;
extern const Family kDistilBert;
extern const Family kRoberta;
extern const Family kXlmRoberta;
extern const Family kCamembert;
extern const Family kNomicBert;
extern const Family kT5;
extern const Family kT5Encoder;

}  // namespace hug::arch
