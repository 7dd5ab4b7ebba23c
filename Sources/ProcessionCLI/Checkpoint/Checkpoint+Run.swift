import Procession
import ProcessionCommandSystem
import ProcessionRecords
import ProcessionSystem

/// `--checkpoint` and `--resume`: what they need of input and output.
extension Checkpoint {
    /// The checkpoint of a run, and what an earlier one has recorded there; nil when none is wanted.
    static func open(for request: MapRequest, _ files: RunFiles) throws(Exit) -> Checkpoint? {
        guard let path = request.checkpointPath else { return nil }
        do {
            let status = try File.status(of: files.input.number)
            guard status.isRegular, File.place(of: files.input.number) == 0 else {
                throw Exit(
                    .usage,
                    "--checkpoint needs input that can be read again from its beginning: name a FILE, "
                        + "or redirect standard input from one")
            }
            guard files.output.target.isFile else {
                throw Exit(.usage, "--checkpoint needs a regular file for --output")
            }
            let header =
                request.part?.header
                ?? CheckpointHeader(
                    program: ProcessionCommand.version, inputSize: status.size, inputModified: status.modified,
                    command: Fingerprint(plan: request.plan, command: request.command, isTagged: request.isTagged))
            return try Checkpoint(
                path, resumes: request.resumes, header: header, onError: request.onError,
                from: request.part?.start ?? RunPosition(), input: files.input, output: files.output.duplicate)
        } catch let ending as Exit {
            throw ending
        } catch let refusal as CheckpointRefusal {
            throw Exit(refusal.exitCode, refusal.sentence(of: path))
        } catch {
            throw Exit(.outputFailed, "cannot use checkpoint \(shown(path: path)): \(error)")
        }
    }

    /// Leaves behind what another run can go on from, and says how, for the last line on standard error.
    func wayOn(after error: any Error) -> String {
        // Answers that may belong to other records have been written before anybody could tell.
        if (error as? PoolError)?.code == .functionBroken {
            forget()
            return ""
        }
        save()
        // Input that is put right is other input.
        return hasBegun && !(error is RecordSyntaxError) ? "; add --resume to continue" : ""
    }
}

extension CheckpointRefusal: EndingError {
    var exitCode: ExitCode { .usage }
    func sentence(of run: RunAccount) -> String { sentence(of: run.checkpoint ?? "") }
    fileprivate func sentence(of path: String) -> String { "checkpoint \(shown(path: path)): \(self)" }
}
