#include "procession_library.h"
#include "procession.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

// Room that a function has asked for, in a chain, until its next call.
typedef struct piece {
    struct piece *next;
} piece;

typedef struct {
    const procession_function *function;
    void *state;
    int is_started;
    procession_batch batch;
    procession_column *columns;
    // 16 bytes for each input and output.
    procession_text *slots;
    piece *pieces;
    const char *failure;
    int64_t failure_bytes;
    char said[1000];
} library;

enum { most_libraries = 1024 };
static library *libraries[most_libraries];
static int32_t library_count;

// A program without an interpreter has no dynamic linker in it.
int procession_can_load(void) { return getauxval(AT_BASE) != 0; }

static int is_kind(uint32_t kind) { return kind >= PROCESSION_INT64 && kind <= PROCESSION_TEXT; }

// What is wrong with a description; NULL if nothing is.
static const char *mistake(const procession_function *function) {
    if (function->input_count < 0 || function->input_count > 1000) return "wants a number of inputs that cannot be";
    if (function->output_count < 1 || function->output_count > 1000) return "gives a number of results that cannot be";
    if (!function->map) return "has no function to map records by";
    for (int32_t i = 0; i < function->input_count; i++) {
        const procession_input *input = &function->inputs[i];
        if (!is_kind(input->kind)) return "wants an input of a kind that is none";
        if (input->source > PROCESSION_NUMBER) return "wants an input from a source that is none";
        if (input->source == PROCESSION_FIELD && !input->name) return "wants a field without a name";
    }
    for (int32_t i = 0; i < function->output_count; i++) {
        if (!is_kind(function->outputs[i])) return "gives a result of a kind that is none";
    }
    return NULL;
}

static char *give_room(procession_batch *batch, int64_t bytes) {
    library *self = batch->host;
    piece *next = bytes < 0 ? NULL : malloc(sizeof(piece) + (size_t)bytes);
    if (!next) {
        batch->fail(batch, batch->begin, "no memory for its result", 24);
        return NULL;
    }
    next->next = self->pieces;
    self->pieces = next;
    return (char *)(next + 1);
}

static void note_failure(procession_batch *batch, int64_t item, const char *text, int64_t bytes) {
    library *self = batch->host;
    (void)item;
    if (bytes < 0) bytes = 0;
    if (bytes > (int64_t)sizeof self->said) bytes = sizeof self->said;
    memcpy(self->said, text, (size_t)bytes);
    self->failure = self->said;
    self->failure_bytes = bytes;
}

static void fill(procession_column *column, uint32_t kind, procession_text *slot) {
    static const uint32_t widths[] = {0, 8, 8, 1, sizeof(procession_text)};
    *column = (procession_column){kind, widths[kind], (char *)slot, sizeof(procession_text)};
}

static library *make(const procession_function *function) {
    int32_t inputs = function->input_count, all = inputs + function->output_count;
    library *self = calloc(1, sizeof *self);
    procession_column *columns = calloc((size_t)all, sizeof *columns);
    procession_text *slots = calloc((size_t)all, sizeof *slots);
    if (!self || !columns || !slots) abort();
    for (int32_t i = 0; i < all; i++) {
        fill(&columns[i], i < inputs ? function->inputs[i].kind : function->outputs[i - inputs], &slots[i]);
    }
    *self = (library){.function = function, .columns = columns, .slots = slots};
    self->batch = (procession_batch){
        .size = sizeof(procession_batch), .inputs = columns, .outputs = columns + inputs, .input_count = inputs,
        .output_count = function->output_count, .room = give_room, .fail = note_failure, .host = self};
    return self;
}

static int32_t refuse(char *said, int64_t room, const char *reason) {
    snprintf(said, (size_t)room, "%s", reason);
    return -1;
}

int32_t procession_library_open(const char *path, const char *symbol, char *said, int64_t room) {
    if (library_count == most_libraries) return refuse(said, room, "is one too many");
    // Its names stay its own, and all that it lacks is known now, not at some record.
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(said, (size_t)room, "cannot be loaded: %s", dlerror());
        return -1;
    }
    void *address = dlsym(handle, symbol);
    if (!address) return refuse(said, room, "has no symbol of that name");
    const procession_function *(*describe)(void);
    memcpy(&describe, &address, sizeof describe);
    const procession_function *function = describe();
    if (!function) return refuse(said, room, "describes no function");
    if (function->abi != PROCESSION_ABI_VERSION) {
        snprintf(said, (size_t)room, "speaks version %u of procession.h, and this command version %d; compile it again",
                 function->abi, PROCESSION_ABI_VERSION);
        return -1;
    }
    if (function->size < sizeof *function) {
        snprintf(said, (size_t)room, "describes its function in %u bytes, and version %d of procession.h takes %zu",
                 function->size, PROCESSION_ABI_VERSION, sizeof *function);
        return -1;
    }
    const char *wrong = mistake(function);
    if (wrong) return refuse(said, room, wrong);
    libraries[library_count] = make(function);
    return library_count++;
}

int32_t procession_library_count(int32_t number, int is_output) {
    const procession_function *function = libraries[number]->function;
    return is_output ? function->output_count : function->input_count;
}

uint32_t procession_library_kind(int32_t number, int is_output, int32_t place) {
    const procession_function *function = libraries[number]->function;
    return is_output ? function->outputs[place] : function->inputs[place].kind;
}

uint32_t procession_library_source(int32_t number, int32_t input) {
    return libraries[number]->function->inputs[input].source;
}

const char *procession_library_name(int32_t number, int32_t input) {
    return libraries[number]->function->inputs[input].name;
}

const char *procession_library_start(int32_t number, const char *argument) {
    library *self = libraries[number];
    const char *wrong = self->function->start ? self->function->start(argument, &self->state) : NULL;
    self->is_started = !wrong;
    return wrong;
}

void procession_library_end(int32_t number) {
    library *self = libraries[number];
    if (self->is_started && self->function->end) self->function->end(self->state);
    self->is_started = 0;
}

static void give_room_back(library *self) {
    for (piece *next; self->pieces; self->pieces = next) {
        next = self->pieces->next;
        free(self->pieces);
    }
}

// What a function has done wrong without saying so.
static int fail(library *self, int32_t status) {
    int count = status != 0 ? snprintf(self->said, sizeof self->said, "the function returned %d", status)
                            : snprintf(self->said, sizeof self->said, "the function returned without publishing it");
    self->failure = self->said;
    self->failure_bytes = count;
    return -1;
}

int procession_library_call(int32_t number, int64_t record, procession_library_slot *given, const void *first,
                            const void *second) {
    library *self = libraries[number];
    procession_batch *batch = &self->batch;
    int32_t inputs = self->function->input_count, outputs = self->function->output_count;
    if (self->pieces) give_room_back(self);
    self->failure = NULL;
    for (int32_t i = 0; i < inputs; i++) {
        if (given[i].form == 0) {
            memcpy(&self->slots[i], &given[i].word, sizeof given[i].word);
        } else {
            const char *memory = given[i].form == 1 ? first : second;
            self->slots[i] = (procession_text){memory + given[i].word, given[i].count};
        }
    }
    // What a function has changed of it is its own mistake, and none of the next record's.
    batch->inputs = self->columns;
    batch->outputs = self->columns + inputs;
    batch->first = record;
    batch->begin = 0;
    batch->end = 1;
    batch->done = 0;
    for (int32_t i = 0; i < outputs; i++) self->slots[inputs + i] = (procession_text){NULL, 0};
    int32_t status = self->function->map(self->state, batch);
    if (self->failure) return -1;
    if (status != 0 || batch->done != 1) return fail(self, status);
    for (int32_t i = 0; i < outputs; i++) memcpy(&given[inputs + i].word, &self->slots[inputs + i], sizeof(uint64_t));
    return 0;
}

const char *procession_library_failure(int32_t number, int64_t *count) {
    *count = libraries[number]->failure_bytes;
    return libraries[number]->failure;
}

const char *procession_library_text(int32_t number, int32_t output, int64_t *count) {
    library *self = libraries[number];
    procession_text text = self->slots[self->function->input_count + output];
    *count = text.count;
    return text.bytes;
}
