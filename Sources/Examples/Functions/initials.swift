// The initials of a value's words, in Swift.
//
//     swiftc -O -emit-library -parse-as-library -import-objc-header CShims/Library/include/procession.h
//         -o initials.so Sources/Examples/Functions/initials.swift
//     procession map -c initials=./initials.so:initials docs.txt

/// The function, which lives as long as the library.
nonisolated(unsafe) private let description = {
    let inputs = UnsafeMutablePointer<procession_input>.allocate(capacity: 1)
    inputs.initialize(
        to: procession_input(name: nil, source: PROCESSION_VALUE.rawValue, kind: PROCESSION_TEXT.rawValue))
    let outputs = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    outputs.initialize(to: PROCESSION_TEXT.rawValue)
    let function = UnsafeMutablePointer<procession_function>.allocate(capacity: 1)
    function.initialize(
        to: procession_function(
            abi: UInt32(PROCESSION_ABI_VERSION), size: UInt32(MemoryLayout<procession_function>.size), inputs: inputs,
            outputs: outputs, input_count: 1, output_count: 1, start: nil, map: map, end: nil))
    return UnsafePointer(function)
}()

@_cdecl("initials") public func initials() -> UnsafePointer<procession_function> { description }

private func map(_ state: UnsafeMutableRawPointer?, _ batch: UnsafeMutablePointer<procession_batch>?) -> Int32 {
    guard let batch else { return 1 }
    for item in batch.pointee.begin..<batch.pointee.end {
        let value = procession_get_text(batch, 0, item)
        let bytes = UnsafeRawBufferPointer(start: value.bytes, count: Int(value.count))
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        let made = Array(String(words.compactMap(\.first)).uppercased().utf8)
        guard let room = batch.pointee.room(batch, Int64(made.count)) else { continue }
        UnsafeMutableRawPointer(room).copyMemory(from: made, byteCount: made.count)
        procession_set_text(batch, 0, item, room, Int64(made.count))
        procession_publish(batch, item + 1)
    }
    return 0
}
