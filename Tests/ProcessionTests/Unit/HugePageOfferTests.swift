import ProcessionSystem
import Testing

@testable import Procession

/// When huge pages are asked for, and when no more.
@Suite struct HugePageOfferTests {
    private static let quick = Duration.microseconds(300)

    private func expect(_ offer: borrowing HugePageOffer, isGood expected: Bool) {
        let isGood = offer.isGood
        #expect(isGood == expected)
    }

    @Test func asLongAsPagesComeQuicklyMoreAreAskedFor() {
        let offer = HugePageOffer()
        for pages in 1...1000 { offer.note(pages: pages, took: Self.quick * pages) }
        expect(offer, isGood: true)
    }

    @Test(arguments: [nil, .milliseconds(9)] as [Duration?])
    func afterTwoThatAreRefusedOrTakeLongNoneIsAskedForAgain(_ time: Duration?) {
        let offer = HugePageOffer()
        offer.note(pages: 4, took: time)
        expect(offer, isGood: true)
        offer.note(pages: 4, took: Self.quick)
        offer.note(pages: 4, took: time)
        expect(offer, isGood: false)
    }

    @Test func whatManyPagesTakeIsSharedAmongThem() {
        let offer = HugePageOffer()
        for _ in 0..<10 { offer.note(pages: 4, took: .milliseconds(4)) }
        expect(offer, isGood: true)
        for _ in 0..<10 { offer.note(pages: 3, took: .milliseconds(4)) }
        expect(offer, isGood: false)
    }
}
