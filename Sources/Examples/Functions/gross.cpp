// Two fields in, two results out, with state that is made of the argument and given back at the end.
//
//     c++ -O2 -std=c++17 -shared -fPIC -I CShims/Library/include -o gross.so Sources/Examples/Functions/gross.cpp
//     procession map -c gross,card=./gross.so:gross:1.19 orders.csv
#include "procession.h"
#include <cstring>
#include <stdexcept>
#include <string>

namespace {
struct Tax {
    double factor;
    std::string label;
};

const char *start(const char *argument, void **state) {
    try {
        *state = new Tax{std::stod(argument), "gross of "};
        return nullptr;
    } catch (const std::exception &) {
        return "the argument is the factor, as in gross.so:gross:1.19";
    }
}

// An exception must not leave the library.
int32_t map(void *state, procession_batch *batch) {
    const Tax &tax = *static_cast<const Tax *>(state);
    for (int64_t i = batch->begin; i < batch->end; i++) {
        procession_text customer = procession_get_text(batch, 0, i);
        std::string card = tax.label + std::string(customer.bytes, static_cast<size_t>(customer.count));
        procession_set_float64(batch, 0, i, procession_get_float64(batch, 1, i) * tax.factor);
        if (char *room = batch->room(batch, static_cast<int64_t>(card.size()))) {
            std::memcpy(room, card.data(), card.size());
            procession_set_text(batch, 1, i, room, static_cast<int64_t>(card.size()));
        }
        procession_publish(batch, i + 1);
    }
    return 0;
}

void end(void *state) { delete static_cast<Tax *>(state); }

const procession_input inputs[] = {
    {"customer", PROCESSION_FIELD, PROCESSION_TEXT}, {"net", PROCESSION_FIELD, PROCESSION_FLOAT64}};
const uint32_t outputs[] = {PROCESSION_FLOAT64, PROCESSION_TEXT};
const procession_function function = {
    PROCESSION_ABI_VERSION, sizeof(procession_function), inputs, outputs, 2, 2, start, map, end};
} // namespace

extern "C" const procession_function *gross() { return &function; }
