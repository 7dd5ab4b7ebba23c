import Procession
import ProcessionRecords
import ProcessionCommandSystem
import ProcessionSystem

/// `--checkpoint` and `--resume`: what they need of input and output.
extension MapRun {
    /// The checkpoint of this run, and what an earlier one has recorded there; nil when none is wanted.
    func openCheckpoint(_ files: RunFiles) throws(Exit) -> Checkpoint? {
        guard let checkpointPath else { return nil }
        do {
            let status = try File.status(of: files.input.number)
            guard status.isRegular, File.place(of: files.input.number) == 0 else {
                throw Exit(
                    code: Exit.usage,
                    message: "--checkpoint needs input that can be read again from its beginning: name a FILE, "
                        + "or redirect standard input from one")
            }
            guard files.output.target.isFile else {
                throw Exit(code: Exit.usage, message: "--checkpoint needs a regular file for --output")
            }
            let header = CheckpointHeader(
                program: ProcessionCommand.version, inputSize: status.size, inputModified: status.modified,
                command: Fingerprint(plan: plan, command: command, isTagged: isTagged))
            return try Checkpoint(
                checkpointPath, resumes: resumes, header: header, onError: onError, input: files.input,
                output: files.output.duplicate)
        } catch let ending as Exit {
            throw ending
        } catch let refusal as CheckpointRefusal {
            throw refused(refusal)
        } catch {
            throw Exit(
                code: Exit.outputFailed, message: "cannot use checkpoint \(shown(path: checkpointPath)): \(error)")
        }
    }

    func refused(_ refusal: CheckpointRefusal) -> Exit {
        Exit(code: Exit.usage, message: "checkpoint \(shown(path: checkpointPath ?? "")): \(refusal)")
    }
}

extension Checkpoint {
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
