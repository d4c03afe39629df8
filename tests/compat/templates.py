"""Every chat template over standard conversations: ours against jinja2's.

The environment is the one transformers renders with: sandboxed, trim_blocks,
lstrip_blocks, loop controls, tojson without HTML escapes. Two things are
wider on purpose, because real templates need them and other renderers have
them: a list may be appended to, and filters give lists, not generators.
"""
import argparse
import datetime
import functools
import glob
import json
import os
import subprocess
import sys

import peers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def as_list(filter):
    """The filter, giving a list where it would give a generator."""
    @functools.wraps(filter)
    def wrapped(*args, **kwargs):
        return list(filter(*args, **kwargs))
    return wrapped


def environment():
    import jinja2
    import jinja2.ext
    from jinja2.sandbox import SandboxedEnvironment

    class Generation(jinja2.ext.Extension):
        tags = {"generation"}

        def parse(self, parser):
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"],
                                           drop_needle=True)
            call = self.call_method("_body")
            return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

        def _body(self, caller):
            return caller()

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None,
               sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent,
                          separators=separators, sort_keys=sort_keys)

    env = SandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True,
        extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.filters["from_json"] = json.loads
    for name in ("map", "select", "reject", "selectattr", "rejectattr",
                 "unique"):
        env.filters[name] = as_list(env.filters[name])
    env.globals["raise_exception"] = raise_exception
    now = datetime.datetime(2026, 7, 26)
    env.globals["strftime_now"] = now.strftime
    return env


def tool(name, **properties):
    return {"type": "function", "function": {
        "name": name, "description": f"Does {name}, \"quoted\" & <tagged>.",
        "parameters": {"type": "object", "properties": properties,
                       "required": list(properties)[:1]}}}


TOOLS = [
    tool("get_weather",
         city={"type": "string", "description": "Käse-Stadt"},
         unit={"type": "string", "enum": ["c", "f"]}),
    tool("add", a={"type": "integer"}, b={"type": "number"}),
]


def call(name, arguments, number=0):
    return {"id": f"call{number:05d}", "type": "function",
            "function": {"name": name, "arguments": arguments}}


def conversations():
    user = {"role": "user", "content": "Hello, who are you?"}
    system = {"role": "system", "content": "Be brief.\nBe kind. "}
    answer = {"role": "assistant", "content": "I am a model."}
    again = {"role": "user", "content": " 2 + 2 = ? <|im_end|> {{ x }} "}
    asked = {"role": "assistant", "content": "",
             "tool_calls": [call("get_weather", {"city": "Köln", "unit": "c"})]}
    asked_none = dict(asked, content=None)
    asked_text = dict(asked, tool_calls=[
        call("get_weather", json.dumps({"city": "Köln"}))])
    two = {"role": "assistant", "content": "Let me see.", "tool_calls": [
        call("get_weather", {"city": "Bonn"}, 1),
        call("add", {"a": 1, "b": 2.5, "c": [True, None, "x"]}, 2)]}
    result = {"role": "tool", "name": "get_weather",
              "tool_call_id": "call00000", "content": "{\"temp\": 21}"}
    result2 = {"role": "tool", "name": "add", "tool_call_id": "call00002",
               "content": "3.5"}
    parts = {"role": "user", "content": [
        {"type": "text", "text": "What is "}, {"type": "text", "text": "it?"}]}
    thought = {"role": "assistant", "content": "Four.",
               "reasoning_content": "Two and two.", "thinking": "Two and two."}
    inline = {"role": "assistant",
              "content": "<think>\nHm.\n</think>\n\nFour."}
    base = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>",
            "unk_token": "<unk>", "add_generation_prompt": True}
    return [
        ("user", [user], {}, base),
        ("no prompt", [user, answer], {},
         dict(base, add_generation_prompt=False)),
        ("system", [system, user], {}, base),
        ("turns", [user, answer, again], {}, base),
        ("system turns", [system, user, answer, again, answer, user], {},
         base),
        ("tools", [user], {"tools": TOOLS}, base),
        ("system tools", [system, user], {"tools": TOOLS}, base),
        ("call", [user, asked, result], {"tools": TOOLS}, base),
        ("call none", [user, asked_none, result, answer, again],
         {"tools": TOOLS}, base),
        ("call text", [user, asked_text, result], {"tools": TOOLS}, base),
        ("two calls", [system, user, two, result, result2, answer, user],
         {"tools": TOOLS}, base),
        ("parts", [parts], {}, base),
        ("thinking", [user, thought, again], {}, base),
        ("inline thinking", [system, user, inline, again], {},
         dict(base, enable_thinking=True)),
        ("no thinking", [user, inline, again], {},
         dict(base, enable_thinking=False, thinking=False)),
        ("documents", [user], {"documents": [
            {"title": "A", "text": "alpha"}, {"title": "B", "text": "beta"}]},
         base),
        ("empty", [], {}, base),
    ]


def expected(env, source, variables):
    import jinja2
    try:
        return env.from_string(source).render(**variables), None
    except (jinja2.exceptions.TemplateError, TypeError, ValueError,
            AttributeError, KeyError, IndexError) as e:
        return None, f"{type(e).__name__}: {e}"


def sources():
    found = sorted(glob.glob(os.path.join(ROOT, "tests/data/templates",
                                          "*.jinja")))
    shared = os.environ.get("HUG_TEST_DATA",
                            os.path.join(ROOT, "../shared/data"))
    others = sorted(glob.glob(os.path.join(shared, "templates", "*.jinja")))
    if not others:
        print("the corpus of other people's templates is not here: only ours")
    assert found, "our own templates are missing"
    return found + others


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--render", required=True)
    parser.add_argument("--peers", required=True)
    args = parser.parse_args()
    peers.run_again_with(args.peers, "templates", ["jinja2==3.1.6"])
    env = environment()
    cases = []
    for path in sources():
        with open(path, encoding="utf-8") as f:
            source = f.read()
        for name, messages, more, settings in conversations():
            cases.append((os.path.basename(path), name, source,
                          dict(more, messages=messages), settings))
    requests = "\n".join(json.dumps(
        {"source": s, "input": i, "settings": t})
        for _, _, s, i, t in cases) + "\n"
    done = subprocess.run([args.render], input=requests.encode(),
                          stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(answers) == len(cases), "the renderer stopped early"
    differ = rendered = refused = 0
    for (path, name, source, data, settings), ours in zip(cases, answers):
        text, error = expected(env, source, dict(settings, **data))
        if error is None and ours.get("text") == text:
            rendered += 1
        elif error is not None and "error" in ours:
            refused += 1
        else:
            differ += 1
            if differ <= 20:
                print(f"DIFFERS {path} / {name}")
                print("  theirs:", repr(text if error is None else error)[:600])
                print("  ours:  ", repr(ours.get("text", ours.get("error")))
                      [:600])
    print(f"{len(cases)} renderings: {rendered} equal, {refused} refused by "
          f"both, {differ} differ")
    sys.exit(1 if differ or not rendered else 0)


if __name__ == "__main__":
    main()
