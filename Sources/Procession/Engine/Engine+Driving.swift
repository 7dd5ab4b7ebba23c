import ProcessionSegment
import ProcessionSystem

/// Runs whose callers must not wait in a thread of theirs, such as tasks: the thread of a `Driver` steps them all.
extension Engine {
    /// Takes a step with each, and sleeps where none has moved. Nothing of a run that is over lies in a place any more.
    func drive(_ runs: [any DrivenRun], by caller: Caller) {
        lock.lock()
        defer { lock.unlock() }
        var (hasMoved, isAnyOver, isAnyForgotten) = (false, false, false)
        for run in runs {
            switch run.heldStep() {
            case .moved: hasMoved = true
            case .over: isAnyOver = true
            case .stalled: isAnyForgotten = isAnyForgotten || run.isForgotten
            }
        }
        if hasMoved { return lock.yield() }
        if isAnyOver { return }
        do {
            if isAnyForgotten { try sleep(caller, for: Self.clearingTick) } else { try sleep(caller) }
        } catch {
            // What cannot go on shows in the runs; those that are over anyhow wait for nobody any more.
            if isAnyForgotten { supervisor.killAll() } else { supervisor.breakAll(PoolError(ending: error)) }
        }
    }

    /// Lets a driver look up, who may be asleep: there is a run for it to begin or to end.
    func call(_ driver: Caller) {
        guard birthplace.isHere else { return }
        lock { supervisor in
            driver.isCalled = true
            supervisor.rouse(driver)
        }
    }

    /// With the lock: as `step`, but that a run which cannot go on is cleared in further steps, and nobody waits.
    func heldStep<Source: RecordSource>(
        _ run: Run, _ source: inout Source, unless ending: (any Error)?
    ) -> Result<Supervisor.Step, any Error> {
        if run.isForgotten { return .success(isCleared(run) ? .over : .stalled) }
        do {
            if let ending { throw ending }
            return .success(try lock.held { try $0.step(run, &source) })
        } catch {
            supervisor.forget(run)
            return .failure(error)
        }
    }
}
