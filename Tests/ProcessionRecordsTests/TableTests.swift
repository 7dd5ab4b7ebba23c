import ProcessionRecords
import Testing

@Suite struct TableTests {
    @Test func writesTheKeyFieldAndTheColumns() throws {
        let outcome = try run("id,price,name\n1,2,x\n2,3,y\n", plan(.csv, "twice=double", "n=upper@name"))
        #expect(outcome.text == "id,twice,n\n1,4,X\n2,6,Y\n")
    }

    @Test func appendsColumnsToEveryField() throws {
        let outcome = try run("id,a b,c\n1,\"x,y\",\"\"\"\"\n", plan(.csv, "n=length", append: true))
        #expect(outcome.text == "id,a b,c,n\n1,\"x,y\",\"\"\"\",3\n")
    }

    @Test func takesKeyAndValueByName() throws {
        let outcome = try run("a\tb\tc\n1\t2\t3\n", plan(.tsv, "v=identity", key: "c", value: "a"))
        #expect(outcome.text == "c\tv\n3\t1\n")
    }

    @Test func quotesOnlyWhatNeedsIt() throws {
        let input = "k,v\n\"a\",\" b \"\n\"c\"\"\",\"d\ne\"\n\"f,\",\"\"\n\"g\r\",'h'\n"
        let outcome = try run(input, plan(.csv, "v2=identity"))
        #expect(outcome.text == "k,v2\na, b \n\"c\"\"\",\"d\ne\"\n\"f,\",\n\"g\r\",'h'\n")
    }

    @Test func keepsTheQuotationMarksThatAreNeededWhenFieldsAreKept() throws {
        let input = "k,v,w\n\"a\",\"b,\"\"é\",c\n\"\",d,\"e\"\n\"f\ng\",\"h\",\"\"\"\"\r\n1,2,\"\""
        let kept = ["a,\"b,\"\"é\",c", ",d,e", "\"f\ng\",h,\"\"\"\"", "1,2,"]
        let upper = ["\"B,\"\"É\"", "D", "H", "2"]
        let outcome = try run(input, plan(.csv, "u=upper", append: true))
        #expect(outcome.text == "k,v,w,u\n" + zip(kept, upper).map { "\($0),\($1)\n" }.joined())
    }

    @Test func keepsFieldsAsTheyAreWhereAColumnCannotBeMade() throws {
        let null = try plan(.csv, "d=double", append: true, emptyWhenFailed: true)
        #expect(try run("k,v\n\"a\",\"b,\"\nc,1\n", null).text == "k,v,d\na,\"b,\",\nc,1,2\n")
    }

    @Test(arguments: ["\n", "\r\n"])
    func endsRowsAsTheHeaderRowDid(ending: String) throws {
        let other = ending == "\n" ? "\r\n" : "\n"
        let input = "k,v\(ending)1,2\(other)3,4"
        #expect(try run(input, plan(.csv, "x=identity")).text == "k,x\(ending)1,2\(ending)3,4\(ending)")
        #expect(try run(input, plan(.csv, to: .tsv, "x=identity")).text == "k\tx\(ending)1\t2\(ending)3\t4\(ending)")
    }

    @Test func writesAHeaderRowEvenWithoutRecords() throws {
        #expect(try run("k,v", plan(.csv, "x=identity")).text == "k,x\n")
        #expect(try run("k,v\r\n", plan(.csv, "x=identity")).text == "k,x\r\n")
    }

    @Test func passesBytesThatAreNotUTF8() throws {
        let row: [UInt8] = [0xFF, 0x00, 0x2C, 0x80, 0x0A]
        let outcome = try run(Array("k,v\n".utf8) + row, plan(.csv, "x=identity"))
        #expect(outcome.bytes == Array("k,x\n".utf8) + row)
    }

    @Test func quotesNothingInTSV() throws {
        let outcome = try run("k\tv\n\"a\t\"b\"\"\n\r,\t\r\n", plan(.tsv, "x=identity"))
        #expect(outcome.text == "k\tx\n\"a\t\"b\"\"\n\r,\t\n")
    }

    @Test func failsWhatTSVCannotHold() throws {
        let outcome = try run("k,v\na,\"1\t2\"\nb,\"1\n2\"\nc,3\n", plan(.csv, to: .tsv, "x=identity"))
        #expect(outcome.text == "k\tx\nc\t3\n")
        #expect(
            outcome.failures == [
                "a: '1\\t2' has a tab in it, which tsv cannot hold",
                "b: '1\\n2' has a newline in it, which tsv cannot hold",
            ])
    }

    @Test(arguments: ["identity", "upper", "lower"]) func failsWhatLinesCannotHold(function: String) throws {
        let outcome = try run("k,v\na,\"1\n2\"\nb,\"3,\"\"\"\nc,4\n", plan(.csv, to: .lines, "x=\(function)"))
        #expect(outcome.text == "3,\"\n4\n")
        #expect(outcome.failures == ["a: '1\\n2' has a newline in it, which lines cannot hold"])
    }

    @Test func leavesTheValuesEmptyButKeepsTheFields() throws {
        let input = "k,v\na,x\nb,\"1\n\"\n"
        #expect(try run(input, plan(.csv, "n=double", emptyWhenFailed: true)).text == "k,n\na,\nb,\n")
        let kept = try run(input, plan(.csv, to: .tsv, "n=double", append: true, emptyWhenFailed: true))
        #expect(kept.text == "k\tv\tn\na\tx\t\nb\t\t\n")
    }

    @Test(arguments: [
        ("", 1, 0, "the input is empty where a header row was expected"),
        ("\na,b\n", 1, 0, "the line is empty where a header row was expected"),
        ("a,b\n1\n", 2, 4, "this row has 1 field, but the header has 2 fields"),
        ("a\n1\n2,3\n", 3, 4, "this row has 2 fields, but the header has 1 field"),
        ("a,b\n\n1,2\n", 2, 4, "this row has 1 field, but the header has 2 fields"),
        ("a,b\n\"x\n\",1\ny,\"\n", 4, 13, "this quoted field is never closed"),
        ("a,b\n1,\"2\"3\n", 2, 9, "a comma or the end of the row was expected behind the quoted field"),
        ("a,b\n1,2\"\n", 2, 7, "a field with a quotation mark in it must be quoted as a whole"),
        ("a,b\n1,2\r3\n", 2, 7, "a field with a carriage return in it must be quoted"),
    ])
    func saysWhereARowIsBroken(input: String, line: Int, offset: Int, message: String) throws {
        let error = #expect(throws: RecordSyntaxError.self) { try run(input, plan(.csv, "x=length", value: "a")) }
        #expect(error == RecordSyntaxError(message: message, line: line, offset: FileOffset(bytes: offset)))
    }
}
