import ProcessionRecords
import Testing

/// The three examples that this project began with.
@Suite struct SeedTests {
    @Test func doublesEachValueOfAnOrderedObject() throws {
        let outcome = try run(#"{"a": 1, "b": 2, "c": 3}"#, plan(.json, "value=double"))
        #expect(outcome.text == #"{"a":2,"b":4,"c":6}"# + "\n")
    }

    @Test func givesSeveralValuesPerKey() throws {
        let outcome = try run(#"{"a": 1, "b": 2, "c": 3}"#, plan(.json, "processed=double", "transformed=string"))
        #expect(
            outcome.text
                == #"{"a":{"processed":2,"transformed":"1"},"b":{"processed":4,"transformed":"2"},"#
                + #""c":{"processed":6,"transformed":"3"}}"# + "\n")
    }

    @Test func givesOneObjectPerColumnWhenSplit() throws {
        let outcome = try run(
            #"{"a": 1, "b": 2}"#, plan(.json, "processed=double", "transformed=string", split: true))
        #expect(outcome.text == #"{"processed":{"a":2,"b":4},"transformed":{"a":"1","b":"2"}}"# + "\n")
    }

    @Test func doublesEveryNumberInsideAnObject() throws {
        let outcome = try run(
            #"{"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}, "c": {"x": 5, "y": 6}}"#, plan(.json, "value=double"))
        #expect(outcome.text == #"{"a":{"x":2,"y":4},"b":{"x":6,"y":8},"c":{"x":10,"y":12}}"# + "\n")
    }
}
