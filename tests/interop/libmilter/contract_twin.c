/* The contract filter once more, on libmilter: what contract_filter is compared with, and a filter that
   somebody else's library drives. Only tests have it; the product never links libmilter.

   usage: contract_twin --socket SPEC [--profile NAME] [--log FILE] [--callbacks]

   With --callbacks the log has a line for every abort and close that libmilter calls, also those that the
   contract does not know: without a message in progress, after eom, twice. A comparison wants to see them. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* --- what libmilter does not show --- */

enum { offer_octets = 12, header_octets = 5 };

/* The newest offer that this thread has read: one thread reads it and calls negotiate. libmilter shows a
   filter neither the version nor the unchanged steps. */
static _Thread_local struct {
    unsigned char header[header_octets];
    size_t of_header;
    size_t of_payload; /* bytes that are still missing */
    unsigned char octets[offer_octets];
    size_t have;
} offer;

/* libmilter reads what is missing of the five bytes before a payload, then what is missing of the payload.
 */
static void watch(unsigned char const* bytes, size_t count, size_t wanted) {
    if (offer.of_payload > 0 && wanted == offer.of_payload) {
        offer.of_payload -= count;
        if (offer.header[4] != SMFIC_OPTNEG) return;
        for (size_t i = 0; i < count && offer.have < offer_octets; ++i) offer.octets[offer.have++] = bytes[i];
    } else if (wanted == header_octets - offer.of_header) {
        memcpy(offer.header + offer.of_header, bytes, count);
        offer.of_header += count;
        if (offer.of_header < header_octets) return;
        uint32_t length;
        memcpy(&length, offer.header, sizeof length);
        offer.of_payload = ntohl(length) - 1;
        offer.of_header = offer.have = 0;
    }
}

/* libmilter's calls come here, before the C library's. */
ssize_t read(int descriptor, void* buffer, size_t size) {
    ssize_t const count = syscall(SYS_read, descriptor, buffer, size);
    if (count > 0)
        watch(buffer, (size_t)count, size);
    else
        offer.of_header = offer.of_payload = 0;
    return count;
}

static uint32_t word_of_offer(int index) {
    uint32_t word;
    memcpy(&word, offer.octets + 4 * index, sizeof word);
    return ntohl(word);
}

/* --- a connection --- */

struct text_list {
    char** items;
    size_t count;
};

struct message {
    char* from;
    unsigned rcpts_accepted, rcpts;
    unsigned headers;
    unsigned long long body;
    uint32_t adler;
    int quarantined_recipient;
    char* eoh_verdict; /* the newest that is a verdict */
    char* body_verdict;
    struct text_list directives;
};

struct connection {
    unsigned number;              /* 0: never negotiated, and not logged */
    unsigned long actions, steps; /* negotiated */
    char* host;
    char* address;
    char* helo;
    unsigned messages, aborts;
    int in_progress;
    int open; /* its close is not logged yet */
    struct message message;
    struct connection* next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards the next three */
static unsigned last_number;
static struct connection* connections;
static int log_file = -1;

static int log_every_callback;
static char const* profile = "default";

/* The copy that shows that the comparison notices a difference: it only forgets to count aborts. */
#ifdef CONTRACT_TWIN_BROKEN
enum { counted_abort = 0 };
#else
enum { counted_abort = 1 };
#endif

static void* checked(void* memory) {
    if (memory == NULL) abort();
    return memory;
}

static char* copy_of(char const* text) {
    return checked(strdup(text));
}

static void replace(char** place, char const* text) {
    free(*place);
    *place = text == NULL ? NULL : copy_of(text);
}

static void forget_message(struct message* message) {
    for (size_t i = 0; i < message->directives.count; ++i) free(message->directives.items[i]);
    free(message->directives.items);
    free(message->from);
    free(message->eoh_verdict);
    free(message->body_verdict);
    *message = (struct message){.adler = 1};
}

/* libmilter does not say when a context ends: after K it goes on. So a connection is never freed, only
 * emptied. */
static struct connection* connection_of(SMFICTX* context) {
    struct connection* self = smfi_getpriv(context);
    if (self != NULL) return self;
    self = checked(calloc(1, sizeof *self));
    self->open = 1;
    forget_message(&self->message);
    pthread_mutex_lock(&mutex);
    self->next = connections;
    connections = self;
    pthread_mutex_unlock(&mutex);
    smfi_setpriv(context, self);
    return self;
}

/* --- the log --- */

struct line {
    char* text;
    size_t length, room;
};

static void put(struct line* line, char octet) {
    if (line->length == line->room) {
        line->room = 2 * line->room + 256;
        line->text = checked(realloc(line->text, line->room));
    }
    line->text[line->length++] = octet;
}

static void put_text(struct line* line, char const* text) {
    for (; *text != '\0'; ++text) {
        unsigned char const octet = (unsigned char)*text;
        if (octet >= 0x20 && octet <= 0x7e && octet != '\\') {
            put(line, *text);
            continue;
        }
        char escaped[5];
        snprintf(escaped, sizeof escaped, "\\x%02x", octet);
        for (char const* c = escaped; *c != '\0'; ++c) put(line, *c);
    }
}

/* One write: lines of two connections never mix. */
static void end_line(struct line* line, struct connection const* self) {
    put(line, '\n');
    if (log_file >= 0 && self->number != 0 && write(log_file, line->text, line->length) < 0) abort();
    free(line->text);
}

static void begin_line(struct line* line, struct connection const* self, char const* event) {
    char start[64];
    snprintf(start, sizeof start, "%u %s", self->number, event);
    put_text(line, start);
}

/* `event` and the strings after it up to a null pointer, separated by blanks; no blank before an empty
 * string. */
static void log_arguments(struct connection const* self, char const* event, char const* const* arguments) {
    struct line line = {0};
    begin_line(&line, self, event);
    int const nothing = arguments[0] == NULL || (*arguments[0] == '\0' && arguments[1] == NULL);
    for (; !nothing && *arguments != NULL; ++arguments) {
        put(&line, ' ');
        put_text(&line, *arguments);
    }
    end_line(&line, self);
}

static void log_event(struct connection const* self, char const* event, char const* argument) {
    log_arguments(self, event, (char const*[]){argument, NULL});
}

static void log_close(struct connection* self) {
    if (self->in_progress) {
        self->in_progress = 0;
        if (!log_every_callback) log_event(self, "abort", NULL);
    }
    if (self->open || log_every_callback) log_event(self, "close", NULL);
    self->open = 0;
}

/* libmilter waits for signals with sigwait, and needs up to five seconds to react to one. This twin reacts
 * at once. */
int sigwait(sigset_t const* set, int* signal_number) {
    int const number = sigwaitinfo(set, NULL);
    if (number < 0) return errno;
    if (number == SIGTERM) {
        pthread_mutex_lock(&mutex);
        for (struct connection* each = connections; each != NULL; each = each->next) {
            if (each->open) log_close(each);
        }
        _exit(0);
    }
    *signal_number = number;
    return 0;
}

/* --- verdicts --- */

enum verdict_kind { go_on, accept_all, reject, tempfail, discard, skip, reply, three_lines };

struct verdict {
    enum verdict_kind kind;
    char code[4];
    char xcode[16];
    char const* text; /* as the client reads it; lives as long as the text it was read from */
};

static struct verdict const continued = {.kind = go_on};

static struct verdict reply_of(char const* code, char const* xcode, char const* text) {
    struct verdict made = {.kind = reply, .text = text};
    snprintf(made.code, sizeof made.code, "%s", code);
    snprintf(made.xcode, sizeof made.xcode, "%s", xcode);
    return made;
}

static int is_blank(char c) {
    return c == ' ' || c == '\t';
}

static char const* past_blanks(char const* text) {
    while (is_blank(*text)) ++text;
    return text;
}

/* Copies the next word into `word` and moves past it and its blanks. Returns 0 if there is none or it is too
 * long. */
static int next_word(char const** cursor, char* word, size_t size) {
    size_t length = 0;
    char const* c = past_blanks(*cursor);
    for (; *c != '\0' && !is_blank(*c); ++c) {
        if (length + 1 == size) return 0;
        word[length++] = *c;
    }
    word[length] = '\0';
    *cursor = past_blanks(c);
    return length > 0;
}

static int next_number(char const** cursor, unsigned long most, unsigned long* number) {
    char word[16];
    if (!next_word(cursor, word, sizeof word) || strspn(word, "0123456789") != strlen(word)) return 0;
    *number = strtoul(word, NULL, 10);
    return *number <= most;
}

/* A reply that smfi_setreply would refuse is not a verdict. */
enum { longest_text = 980 };

static int is_code(char const* code) {
    return strlen(code) == 3 && (code[0] == '4' || code[0] == '5') && strspn(code, "0123456789") == 3;
}

static int is_xcode(char const* xcode) {
    static char const digits[] = "0123456789";
    if (*xcode == '\0' || strchr("245", *xcode) == NULL || xcode[1] != '.') return 0;
    size_t const subject = strspn(xcode + 2, digits);
    if (subject < 1 || subject > 3 || xcode[2 + subject] != '.') return 0;
    size_t const detail = strspn(xcode + 3 + subject, digits);
    return detail >= 1 && detail <= 3 && xcode[3 + subject + detail] == '\0';
}

/* Returns 0 if the text is not a verdict. */
static int parse_verdict(char const* text, struct verdict* verdict) {
    static struct {
        char const* word;
        enum verdict_kind kind;
    } const words[] = {{"continue", go_on},    {"accept", accept_all}, {"reject", reject},
                       {"tempfail", tempfail}, {"discard", discard},   {"skip", skip}};
    char const* cursor = text;
    char word[16];
    if (!next_word(&cursor, word, sizeof word)) return 0;
    if (strcmp(word, "reply") == 0) {
        struct verdict made = {.kind = reply};
        if (!next_word(&cursor, made.code, sizeof made.code)) return 0;
        if (!next_word(&cursor, made.xcode, sizeof made.xcode) || *cursor == '\0') return 0;
        if (!is_code(made.code) || !is_xcode(made.xcode) || strlen(cursor) > longest_text) return 0;
        made.text = cursor;
        *verdict = made;
        return 1;
    }
    if (*cursor != '\0') return 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        if (strcmp(word, words[i].word) == 0) {
            *verdict = (struct verdict){.kind = words[i].kind};
            return 1;
        }
    }
    return 0;
}

static struct verdict verdict_in(char const* text) {
    struct verdict verdict = continued;
    if (text != NULL) parse_verdict(text, &verdict);
    return verdict;
}

/* MTAs halve a doubled percent sign; libmilter leaves the doubling to the filter. */
static char* with_doubled_percent(char const* text) {
    char* const doubled = checked(malloc(2 * strlen(text) + 1));
    char* end = doubled;
    for (; *text != '\0'; ++text) {
        if (*text == '%') *end++ = '%';
        *end++ = *text;
    }
    *end = '\0';
    return doubled;
}

static int set_reply(SMFICTX* context, struct verdict const* verdict) {
    char* const text = with_doubled_percent(verdict->text);
    int const done = smfi_setreply(context, (char*)verdict->code, (char*)verdict->xcode, text) == MI_SUCCESS;
    free(text);
    return done;
}

/* Returns what libmilter must do for `verdict`; a reply that it refuses means "continue". */
static sfsistat prepare(SMFICTX* context, struct verdict* verdict) {
    switch (verdict->kind) {
        case accept_all: return SMFIS_ACCEPT;
        case reject: return SMFIS_REJECT;
        case tempfail: return SMFIS_TEMPFAIL;
        case discard: return SMFIS_DISCARD;
        case reply:
            if (set_reply(context, verdict)) return verdict->code[0] == '4' ? SMFIS_TEMPFAIL : SMFIS_REJECT;
            break;
        case three_lines:
            if (smfi_setmlreply(context, "550", "5.7.8", "line one", "line two", "line three", NULL) ==
                MI_SUCCESS)
                return SMFIS_REJECT;
            break;
        case go_on:
        case skip: break;
    }
    *verdict = continued;
    return SMFIS_CONTINUE;
}

/* After an answer that decides a message, or prevents it from beginning, the message is no longer in
 * progress. */
static sfsistat answer_to_message(SMFICTX* context, struct connection* self, struct verdict verdict,
                                  unsigned long no_reply) {
    if (no_reply != 0 && (self->steps & no_reply) != 0) return SMFIS_NOREPLY;
    sfsistat const status = prepare(context, &verdict);
    if (status != SMFIS_CONTINUE) self->in_progress = 0;
    return status;
}

/* --- the events before a message --- */

static struct profile {
    char const* name;
    unsigned long steps;
} const profiles[] = {
    {"default", SMFIP_SKIP},
    {"noreply", SMFIP_SKIP | SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_DATA | SMFIP_NR_UNKN | SMFIP_NR_HDR |
                    SMFIP_NR_EOH | SMFIP_NR_BODY},
    {"minimal", SMFIP_SKIP | SMFIP_NOHELO | SMFIP_NODATA | SMFIP_NOUNKNOWN | SMFIP_NOEOH | SMFIP_NOBODY},
    {"leadspc", SMFIP_SKIP | SMFIP_HDR_LEADSPC},
};

static struct profile const* find_profile(char const* name) {
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; ++i) {
        if (strcmp(profiles[i].name, name) == 0) return &profiles[i];
    }
    return NULL;
}

static unsigned long const actions_wanted = SMFIF_ADDHDRS | SMFIF_CHGBODY | SMFIF_ADDRCPT | SMFIF_DELRCPT |
                                            SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_CHGFROM;

static sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long steps,
                             unsigned long unused_2, unsigned long unused_3, unsigned long* actions_asked,
                             unsigned long* steps_asked, unsigned long* asked_2, unsigned long* asked_3) {
    (void)steps, (void)unused_2, (void)unused_3;
    struct connection* const self = connection_of(context);
    pthread_mutex_lock(&mutex);
    self->number = ++last_number;
    pthread_mutex_unlock(&mutex);
    char offered[96];
    snprintf(offered, sizeof offered, "version=%u actions=0x%x steps=0x%x", word_of_offer(0),
             word_of_offer(1), word_of_offer(2));
    log_event(self, "negotiate", offered);
    /* `steps` has every no-reply bit, offered or not. An offer of 0 means those of version 1; of the
       steps that a profile asks for these are only the first six. */
    unsigned long const steps_offered = word_of_offer(2) == 0 ? 0x3f : word_of_offer(2);
    self->actions = *actions_asked = actions_wanted & actions;
    self->steps = *steps_asked = find_profile(profile)->steps & steps_offered;
    *asked_2 = *asked_3 = 0;
    return SMFIS_CONTINUE;
}

static char* address_text(_SOCK_ADDR const* address) {
    char text[INET6_ADDRSTRLEN] = "-";
    if (address == NULL) return copy_of("-");
    switch (address->sa_family) {
        case AF_INET:
            inet_ntop(AF_INET, &((struct sockaddr_in const*)address)->sin_addr, text, sizeof text);
            break;
        case AF_INET6:
            inet_ntop(AF_INET6, &((struct sockaddr_in6 const*)address)->sin6_addr, text, sizeof text);
            break;
        case AF_UNIX: return copy_of(((struct sockaddr_un const*)address)->sun_path);
    }
    return copy_of(text);
}

static sfsistat on_connect(SMFICTX* context, char* host, _SOCK_ADDR* address) {
    struct connection* const self = connection_of(context);
    self->open = 1;
    replace(&self->host, host == NULL || *host == '\0' ? "-" : host);
    free(self->address);
    self->address = address_text(address);
    log_arguments(self, "connect", (char const*[]){self->host, self->address, NULL});
    struct verdict verdict = continued;
    if (strcasecmp(self->host, "reject-connect.example") == 0) verdict.kind = reject;
    if (strcasecmp(self->host, "tempfail-connect.example") == 0) verdict.kind = tempfail;
    if (strcasecmp(self->host, "accept-connect.example") == 0) verdict.kind = accept_all;
    return self->steps & SMFIP_NR_CONN ? SMFIS_NOREPLY : prepare(context, &verdict);
}

static sfsistat on_helo(SMFICTX* context, char* name) {
    struct connection* const self = connection_of(context);
    replace(&self->helo, *name == '\0' ? NULL : name);
    log_event(self, "helo", name);
    struct verdict verdict = continued;
    if (strcasecmp(name, "reject.helo.example") == 0)
        verdict = reply_of("550", "5.7.1", "helo refused by contract");
    if (strcasecmp(name, "tempfail.helo.example") == 0) verdict.kind = tempfail;
    return self->steps & SMFIP_NR_HELO ? SMFIS_NOREPLY : prepare(context, &verdict);
}

static sfsistat on_unknown(SMFICTX* context, char const* command) {
    struct connection* const self = connection_of(context);
    log_event(self, "unknown", command);
    char word[8] = "";
    char const* cursor = command;
    struct verdict verdict = continued;
    if (next_word(&cursor, word, sizeof word)) {
        if (strcasecmp(word, "XBAD") == 0) verdict = reply_of("500", "5.5.1", "XBAD refused by contract");
        if (strcasecmp(word, "XREJ") == 0) verdict.kind = reject;
        if (strcasecmp(word, "XTMP") == 0) verdict.kind = tempfail;
    }
    return self->steps & SMFIP_NR_UNKN ? SMFIS_NOREPLY : prepare(context, &verdict);
}

/* --- the message --- */

/* Returns whether the local part of `path`, with or without angle brackets, is `name`. */
static int has_local_part(char const* path, char const* name) {
    size_t length = strlen(path);
    if (length > 0 && path[0] == '<') ++path, --length;
    if (length > 0 && path[length - 1] == '>') --length;
    char const* const at = memrchr(path, '@', length);
    if (at != NULL) length = (size_t)(at - path);
    return length == strlen(name) && strncasecmp(path, name, length) == 0;
}

static sfsistat on_mail(SMFICTX* context, char** arguments) {
    struct connection* const self = connection_of(context);
    log_arguments(self, "mail", (char const* const*)arguments);
    forget_message(&self->message);
    self->message.from = copy_of(arguments[0]);
    self->in_progress = 1;
    ++self->messages;
    struct verdict verdict = continued;
    char const* const from = self->message.from;
    if (has_local_part(from, "temp")) verdict.kind = tempfail;
    if (has_local_part(from, "reject")) verdict.kind = reject;
    if (has_local_part(from, "reply")) verdict = reply_of("554", "5.7.7", "sender refused by contract");
    if (has_local_part(from, "multi")) verdict.kind = three_lines;
    if (has_local_part(from, "discard")) verdict.kind = discard;
    if (has_local_part(from, "accept")) verdict.kind = accept_all;
    return answer_to_message(context, self, verdict, 0);
}

static sfsistat on_rcpt(SMFICTX* context, char** arguments) {
    struct connection* const self = connection_of(context);
    log_arguments(self, "rcpt", (char const* const*)arguments);
    ++self->message.rcpts;
    char const* const path = arguments[0];
    struct verdict verdict = continued;
    if (has_local_part(path, "bad")) verdict.kind = reject;
    if (has_local_part(path, "later")) verdict.kind = tempfail;
    if (has_local_part(path, "nouser")) verdict = reply_of("550", "5.1.1", "no such user");
    if (has_local_part(path, "grey")) verdict = reply_of("451", "4.7.1", "greylisted, try later");
    if (has_local_part(path, "full")) verdict = reply_of("552", "5.2.2", "mailbox 99% full");
    if (has_local_part(path, "drop")) verdict.kind = discard;
    if (has_local_part(path, "pass")) verdict.kind = accept_all;
    sfsistat const status = prepare(context, &verdict);
    if (status == SMFIS_DISCARD || status == SMFIS_ACCEPT) self->in_progress = 0;
    if (status == SMFIS_CONTINUE) {
        ++self->message.rcpts_accepted;
        if (has_local_part(path, "quarantine")) self->message.quarantined_recipient = 1;
    }
    return status;
}

static sfsistat on_data(SMFICTX* context) {
    struct connection* const self = connection_of(context);
    log_event(self, "data", NULL);
    struct verdict verdict = continued;
    if (self->message.from != NULL && has_local_part(self->message.from, "datareject"))
        verdict = reply_of("550", "5.7.9", "data refused by contract");
    return answer_to_message(context, self, verdict, SMFIP_NR_DATA);
}

/* Returns a copy without the line ends of a folded value and the blanks around it. */
static char* unfolded(char const* value) {
    char* const text = copy_of(past_blanks(value));
    char* end = text;
    for (char const* c = text; *c != '\0'; ++c) {
        if (*c != '\r' && *c != '\n') *end++ = *c;
    }
    while (end != text && is_blank(end[-1])) --end;
    *end = '\0';
    return text;
}

static void append(struct text_list* list, char const* text) {
    list->items = checked(realloc(list->items, (list->count + 1) * sizeof *list->items));
    list->items[list->count++] = copy_of(text);
}

static sfsistat on_header(SMFICTX* context, char* name, char* value) {
    struct connection* const self = connection_of(context);
    struct message* const message = &self->message;
    struct line line = {0};
    begin_line(&line, self, "header");
    put(&line, ' ');
    put_text(&line, name);
    put(&line, ':');
    put_text(&line, value);
    end_line(&line, self);
    ++message->headers;
    char* const text = unfolded(value);
    struct verdict verdict = continued;
    int const is_verdict = parse_verdict(text, &verdict);
    if (strcasecmp(name, "X-Contract") == 0) append(&message->directives, text);
    if (is_verdict && strcasecmp(name, "X-Contract-Eoh") == 0) replace(&message->eoh_verdict, text);
    if (is_verdict && strcasecmp(name, "X-Contract-Body") == 0) replace(&message->body_verdict, text);
    if (strcasecmp(name, "X-Contract-Now") != 0) verdict = continued;
    sfsistat const status = answer_to_message(context, self, verdict, SMFIP_NR_HDR);
    free(text);
    return status;
}

static sfsistat on_eoh(SMFICTX* context) {
    struct connection* const self = connection_of(context);
    log_event(self, "eoh", NULL);
    return answer_to_message(context, self, verdict_in(self->message.eoh_verdict), SMFIP_NR_EOH);
}

static sfsistat on_body(SMFICTX* context, unsigned char* chunk, size_t length) {
    struct connection* const self = connection_of(context);
    char size[32];
    snprintf(size, sizeof size, "%zu", length);
    log_event(self, "body", size);
    self->message.body += length;
    uint32_t const prime = 65521;
    uint32_t low = self->message.adler & 0xffff, high = self->message.adler >> 16;
    for (size_t i = 0; i < length; ++i) {
        low = (low + chunk[i]) % prime;
        high = (high + low) % prime;
    }
    self->message.adler = high << 16 | low;
    struct verdict const verdict = verdict_in(self->message.body_verdict);
    if (verdict.kind == skip && (self->steps & SMFIP_NR_BODY) == 0 && (self->steps & SMFIP_SKIP) != 0)
        return SMFIS_SKIP;
    return answer_to_message(context, self, verdict, SMFIP_NR_BODY);
}

/* --- end of message --- */

/* If leading blanks were negotiated, the MTA puts none before a value. */
static char* field_value(struct connection const* self, char const* value) {
    char* made;
    if (asprintf(&made, "%s%s", self->steps & SMFIP_HDR_LEADSPC && *value != '\0' ? " " : "", value) < 0)
        abort();
    return made;
}

enum { longest_word = 1000 };

static void add_header(SMFICTX* context, struct connection const* self, char const* name, char const* value) {
    char* const text = field_value(self, value);
    if (self->actions & SMFIF_ADDHDRS) smfi_addheader(context, (char*)name, text);
    free(text);
}

static void run_header_directive(SMFICTX* context, struct connection const* self, char const* verb,
                                 char const* cursor) {
    unsigned long index = 0;
    char name[longest_word];
    int const has_index = strcmp(verb, "add-header") != 0;
    int const has_value = strcmp(verb, "delete-header") != 0;
    if (has_index && !next_number(&cursor, INT32_MAX, &index)) return;
    if (!next_word(&cursor, name, sizeof name) || has_value != (*cursor != '\0')) return;
    char* const value = field_value(self, cursor);
    if (!has_index)
        add_header(context, self, name, cursor);
    else if (strcmp(verb, "insert-header") == 0 && (self->actions & SMFIF_ADDHDRS))
        smfi_insheader(context, (int)index, name, value);
    else if (strcmp(verb, "insert-header") != 0 && (self->actions & SMFIF_CHGHDRS))
        smfi_chgheader(context, name, (int)index, value);
    free(value);
}

static void replace_body(SMFICTX* context, char const* line, unsigned long lines) {
    size_t const width = strlen(line), length = lines * (width + 2);
    unsigned char* const body = checked(malloc(length + 1));
    for (size_t i = 0; i < lines; ++i) {
        memcpy(body + i * (width + 2), line, width);
        memcpy(body + i * (width + 2) + width, "\r\n", 2);
    }
    smfi_replacebody(context, body, (int)length);
    free(body);
}

static void run_address_directive(SMFICTX* context, struct connection const* self, char const* verb,
                                  char const* address) {
    char path[longest_word];
    if (*address == '\0' || strpbrk(address, " \t") != NULL ||
        snprintf(path, sizeof path, "<%s>", address) >= (int)sizeof path)
        return;
    if (strcmp(verb, "change-from") == 0 && (self->actions & SMFIF_CHGFROM))
        smfi_chgfrom(context, path, NULL);
    if (strcmp(verb, "add-rcpt") == 0 && (self->actions & SMFIF_ADDRCPT)) smfi_addrcpt(context, path);
    if (strcmp(verb, "delete-rcpt") == 0 && (self->actions & SMFIF_DELRCPT)) smfi_delrcpt(context, path);
}

static void run_directive(SMFICTX* context, struct connection* self, char const* directive,
                          struct verdict* final) {
    static char const letters[] =
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    char verb[32];
    char const* cursor = directive;
    unsigned long number;
    if (!next_word(&cursor, verb, sizeof verb)) return;
    size_t const length = strlen(verb);
    if (length > 7 && strcmp(verb + length - 7, "-header") == 0) {
        if (strcmp(verb, "add-header") == 0 || strcmp(verb, "insert-header") == 0 ||
            strcmp(verb, "change-header") == 0 || strcmp(verb, "delete-header") == 0)
            run_header_directive(context, self, verb, cursor);
    } else if (strcmp(verb, "replace-body") == 0) {
        if (*cursor != '\0' && (self->actions & SMFIF_CHGBODY)) replace_body(context, cursor, 1);
    } else if (strcmp(verb, "fill-body") == 0) {
        if (next_number(&cursor, 1000000, &number) && *cursor == '\0' && (self->actions & SMFIF_CHGBODY))
            replace_body(context, letters, number);
    } else if (strcmp(verb, "quarantine") == 0) {
        if (*cursor != '\0' && (self->actions & SMFIF_QUARANTINE)) smfi_quarantine(context, (char*)cursor);
    } else if (strcmp(verb, "progress") == 0) {
        if (next_number(&cursor, 1000000, &number) && *cursor == '\0')
            while (number-- > 0) smfi_progress(context);
    } else if (strcmp(verb, "sleep") == 0) {
        if (next_number(&cursor, 1000000000, &number) && *cursor == '\0') {
            struct timespec const wait = {(time_t)(number / 1000), (long)(number % 1000) * 1000000};
            nanosleep(&wait, NULL);
        }
    } else if (strcmp(verb, "verdict") == 0) {
        parse_verdict(cursor, final);
    } else {
        run_address_directive(context, self, verb, cursor);
    }
}

static char const* or_dash(char const* text) {
    return text == NULL ? "-" : text;
}

static void add_trace(SMFICTX* context, struct connection const* self) {
    struct message const* const message = &self->message;
    char* trace;
    if (asprintf(
            &trace,
            "v=1 conn=%s/%s helo=%s msg=%u from=%s rcpts=%u/%u hdrs=%u body=%llu adler=%08x aborts=%u i=%s",
            or_dash(self->host), or_dash(self->address), or_dash(self->helo), self->messages,
            or_dash(message->from), message->rcpts_accepted, message->rcpts, message->headers, message->body,
            message->adler, self->aborts, or_dash(smfi_getsymval(context, "i"))) < 0)
        abort();
    add_header(context, self, "X-Trace", trace);
    free(trace);
}

static sfsistat on_eom(SMFICTX* context) {
    struct connection* const self = connection_of(context);
    struct message* const message = &self->message;
    log_event(self, "eom", NULL);
    struct verdict final = continued;
    for (size_t i = 0; i < message->directives.count; ++i)
        run_directive(context, self, message->directives.items[i], &final);
    if (message->quarantined_recipient && (self->actions & SMFIF_QUARANTINE))
        smfi_quarantine(context, "contract quarantine");
    sfsistat const status = prepare(context, &final);
    if (status == SMFIS_CONTINUE || status == SMFIS_ACCEPT) add_trace(context, self);
    self->in_progress = 0;
    return status;
}

/* --- ends --- */

static sfsistat on_abort(SMFICTX* context) {
    struct connection* const self = connection_of(context);
    if (self->in_progress || log_every_callback) log_event(self, "abort", NULL);
    if (self->in_progress) self->aborts += counted_abort;
    self->in_progress = 0;
    forget_message(&self->message);
    return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX* context) {
    struct connection* const self = connection_of(context);
    pthread_mutex_lock(&mutex);
    log_close(self);
    pthread_mutex_unlock(&mutex);
    forget_message(&self->message);
    self->messages = self->aborts = 0;
    replace(&self->host, NULL);
    replace(&self->address, NULL);
    replace(&self->helo, NULL);
    return SMFIS_CONTINUE;
}

/* --- the program --- */

static int usage(void) {
    fputs(
        "usage: contract_twin --socket unix:/PATH|inet:PORT@127.0.0.1 [--profile "
        "default|noreply|minimal|leadspc]"
        " [--log FILE] [--callbacks]\n",
        stderr);
    return 64;
}

/* Returns whether a program accepts connections there: then the socket is not ours to replace. */
static int somebody_listens(char const* path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return 0;
    strcpy(address.sun_path, path);
    int const probe = socket(AF_UNIX, SOCK_STREAM, 0);
    int const listens = connect(probe, (struct sockaddr*)&address, sizeof address) == 0;
    close(probe);
    return listens;
}

int main(int count, char** words) {
    char* socket_spec = NULL;
    for (int i = 1; i < count; ++i) {
        char const* const value = i + 1 < count ? words[i + 1] : NULL;
        if (strcmp(words[i], "--callbacks") == 0) {
            log_every_callback = 1;
            continue;
        }
        if (value == NULL) return usage();
        if (strcmp(words[i], "--socket") == 0)
            socket_spec = words[i + 1];
        else if (strcmp(words[i], "--profile") == 0 && find_profile(value) != NULL)
            profile = value;
        else if (strcmp(words[i], "--log") == 0)
            log_file = open(value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        else
            return usage();
        if (strcmp(words[i], "--log") == 0 && log_file < 0) {
            perror(value);
            return 73;
        }
        ++i;
    }
    if (socket_spec == NULL) return usage();
    if (strncmp(socket_spec, "unix:", 5) == 0 && somebody_listens(socket_spec + 5)) {
        fprintf(stderr, "contract_twin: somebody listens on %s\n", socket_spec);
        return 69;
    }
    umask(0); /* MTAs connect under accounts of their own */

    struct smfiDesc description = {
        .xxfi_name = "contract_twin",
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = actions_wanted,
        .xxfi_connect = on_connect,
        .xxfi_helo = on_helo,
        .xxfi_envfrom = on_mail,
        .xxfi_envrcpt = on_rcpt,
        .xxfi_header = on_header,
        .xxfi_eoh = on_eoh,
        .xxfi_body = on_body,
        .xxfi_eom = on_eom,
        .xxfi_abort = on_abort,
        .xxfi_close = on_close,
        .xxfi_unknown = on_unknown,
        .xxfi_data = on_data,
        .xxfi_negotiate = on_negotiate,
    };
    if (smfi_register(description) != MI_SUCCESS || smfi_setconn(socket_spec) != MI_SUCCESS ||
        smfi_opensocket(1) != MI_SUCCESS) {
        fprintf(stderr, "contract_twin: cannot listen on %s\n", socket_spec);
        return 69;
    }
    return smfi_main() == MI_SUCCESS ? 0 : 70;
}
