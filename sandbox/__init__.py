"""A loopback server that speaks the wire of the Gemini Batch API, to test any client of it.

It needs no key and no network, costs nothing, and has no model: it answers each request from
nothing but the request, its text and its JSON Schema, by seed. It speaks what the Gemini
Developer API speaks, in `v1` and `v1beta`: resumable upload, files (get, list, delete, download),
batchGenerateContent with file and inline input, batches (get, list, cancel, delete), countTokens.
It enforces the limits and gives the error bodies of the service, keeps its state on disk so that a
job survives `kill -9`, and plays faults by name. What it cannot show: how well a model answers,
how many tokens a real tokenizer counts, how long a real job takes.

As a program, for a client in any language:

    python -m sandbox --port 8787 --state ./sandbox-state --faults none
    python -m sandbox --help                    # every option and every fault

Point the client at the address in the line that it prints; any key will do:

    client = genai.Client(api_key="any", http_options={"base_url": "http://127.0.0.1:8787"})

From a Python test, in a process of its own:

    from sandbox.process import running

    with running(faults="lost@batches.create,503@batches.get*2", job_seconds=0.5) as sandbox:
        run_my_client(base_url=sandbox.url)
        sandbox.restart()                       # killed and started again: same state and address
        calls = [record["endpoint"] for record in sandbox.log()]
        assert calls.count("batches.create") == 1

Faults are `NAME[=VALUE][@PLACE][*COUNT]`, comma separated. Those of an endpoint are played one
after the other (`ok` lets calls pass): `ok@batches.get*2,429@batches.get`. Those of rows fall on
COUNT rows of each job, chosen by seed and key, or on rows whose key contains PLACE:
`truncated*3,blocked_prompt@paper-17`. Those of jobs fall on the first COUNT jobs, or on jobs whose
display name contains PLACE: `job_failed=8@run-7*1`.

It is deterministic: the same request line, seed and faults give the same answer bytes. Token
counts are a stand-in's: one per wide character, one per four others (`sandbox.tokens`).

Stricter than the service, or a guess where the service's behaviour is not known publicly: two
equal keys in one file are refused; a list without pageSize has ten entries; 429 for too many
jobs and for too many tokens differ in a detail only; a cancellation settles in a moment.
"""
