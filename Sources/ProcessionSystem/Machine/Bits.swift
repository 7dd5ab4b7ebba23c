/// Whether two values lie in memory bit by bit alike. Where a type has gaps between its properties, values that are equal
/// may be found not to be.
package func areSameBits<Value: BitwiseCopyable>(_ left: Value, _ right: Value) -> Bool {
    // Safe: both are copies of our own, and no longer than their type is.
    unsafe withUnsafeBytes(of: left) { left in
        unsafe withUnsafeBytes(of: right) { right in unsafe left.elementsEqual(right) }
    }
}
