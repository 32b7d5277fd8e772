# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
from typing import Any

import pytest

from feedline.errors import InputError, NotFoundError
from feedline.runtime.mode import Mode, resolve_mode
from feedline.runtime.session import Batch, Session
from feedline.runtime.submit import submit


def test_backend_session_and_batch_are_modes(bench: Any) -> None:
    assert resolve_mode(bench.backend).backend is bench.backend
    assert resolve_mode(bench.backend).session is None
    for kind in (Session, Batch):
        session = kind(bench.backend, runtime=bench.runtime)
        mode = resolve_mode(session)
        assert (mode.backend, mode.session) == (bench.backend, session)


def test_no_mode_means_the_innermost_open_session(bench: Any) -> None:
    with Session(bench.backend, runtime=bench.runtime) as outer:
        with Batch(bench.backend, runtime=bench.runtime) as inner:
            assert resolve_mode(None).session is inner
        assert resolve_mode(None).session is outer
    with pytest.raises(InputError, match=r"No mode was given, and no session is open here\.\n  -> Pass mode=backend"):
        resolve_mode(None)


def test_open_session_of_another_thread_is_not_ours(bench: Any) -> None:
    seen: list[str] = []

    def look() -> None:
        try:
            resolve_mode(None)
        except InputError as error:
            seen.append(error.what)

    with Session(bench.backend, runtime=bench.runtime):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(20)
    assert seen == ["No mode was given, and no session is open here."]


def test_backend_of_the_open_session_joins_it_and_any_other_does_not(bench: Any, make_backend: Any) -> None:
    with Session(bench.backend, runtime=bench.runtime) as session:
        derived = make_backend("derived", device_id=bench.backend.device_id)
        assert resolve_mode(bench.backend).session is session
        joined = resolve_mode(derived)
        assert (joined.backend, joined.session) == (derived, session)
        assert resolve_mode(make_backend()).session is None


def test_derived_backend_runs_in_the_session_of_its_device(bench: Any, make_backend: Any) -> None:
    with Session(bench.backend, runtime=bench.runtime) as session:
        derived = make_backend("derived", device_id=bench.backend.device_id)
        assert bench.run("a", session=session).result(20) == ["a"]
        assert bench.run("b", session=session, backend=derived).result(20) == ["b"]
        assert derived.executed() == ["b"]


def test_name_is_looked_up_and_an_unknown_one_refused() -> None:
    with pytest.raises(NotFoundError, match="There is no backend 'nowhere'"):
        resolve_mode("nowhere")


def test_object_that_nobody_wraps_is_refused() -> None:
    with pytest.raises(InputError, match="42"):
        resolve_mode(42)


def test_foreign_backend_is_wrapped_to_the_same_backend_each_time() -> None:
    from qiskit.providers.fake_provider import GenericBackendV2

    foreign = GenericBackendV2(2, seed=1)
    mode = resolve_mode(foreign)
    assert resolve_mode(foreign).backend is mode.backend


def test_submit_goes_to_the_session_of_the_mode(bench: Any) -> None:
    with Session(bench.backend, runtime=bench.runtime) as session:
        job = submit(bench.work("a"), Mode(bench.backend, session))
        assert job.session_id == session.session_id
        assert job.result(20) == ["a"]
