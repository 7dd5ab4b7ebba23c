import Testing

extension CommandLineTests {
    /// The three examples of the problem as it was written down, byte for byte.
    @Suite struct ProblemExamples {
        private let flat = #"{"a": 1, "b": 2, "c": 3}"#

        @Test func twoResultsPerKeyComeAsOneObjectOfColumnsEach() throws {
            let run = try procession(
                "map", "-f", "json", "-c", "processed=double", "-c", "transformed=string", input: flat)
            #expect(
                run.text == """
                    {"a":{"processed":2,"transformed":"1"},"b":{"processed":4,"transformed":"2"},\
                    "c":{"processed":6,"transformed":"3"}}

                    """)
            #expect(run.status == 0)
        }

        @Test func splitGivesOneObjectPerColumn() throws {
            let run = try procession(
                "map", "-f", "json", "-c", "processed=double", "-c", "transformed=string", "--split", input: flat)
            #expect(
                run.text == """
                    {"processed":{"a":2,"b":4,"c":6},"transformed":{"a":"1","b":"2","c":"3"}}

                    """)
            #expect(run.status == 0)
        }

        @Test func nestedObjectsAreDoubledInsideWithTheirKeysInOrder() throws {
            let nested = #"{"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}, "c": {"x": 5, "y": 6}}"#
            let run = try procession("map", "-f", "json", "-c", "processed=double", input: nested)
            #expect(run.text == #"{"a":{"x":2,"y":4},"b":{"x":6,"y":8},"c":{"x":10,"y":12}}"# + "\n")
            #expect(run.status == 0)
        }

        @Test func oneColumnGivesTheValueItself() throws {
            let run = try procession("map", "-f", "json", "-c", "processed=double", input: flat)
            #expect(run.text == #"{"a":2,"b":4,"c":6}"# + "\n")
        }

        @Test func nothingIsSaidOnStandardErrorWhenAllGoesWell() throws {
            let run = try procession("map", "-f", "json", "-c", "processed=double", input: flat)
            #expect(run.errors == "")
        }
    }
}
