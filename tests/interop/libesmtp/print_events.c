/* Sends messages by libESMTP, and prints each event with the status that it brings:

       print_events HOST:PORT [dsn] SENDER RECIPIENT... [, SENDER RECIPIENT...]...

   Each group is one message. An event is printed once for a run of equal ones. The exit status is 0 if the
   session was held, whatever became of the messages. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <libesmtp.h> /* which needs stddef.h */

static char const content[] =
    "From: ann@x.example\r\nSubject: hello\r\nTo: bob@y.example\r\n\r\n.one dot\r\n..two\r\nlast\r\n";

static char last[64];

static void print_once(char const* event) {
    if (strcmp(last, event) == 0) return;
    snprintf(last, sizeof last, "%s", event);
    puts(event);
}

static void print_event(char const* name, smtp_status_t const* status) {
    char text[64];
    snprintf(text, sizeof text, "%s %d", name, status->code);
    last[0] = '\0';
    print_once(text);
}

static void on_event(smtp_session_t session, int event, void* closure, ...) {
    va_list more;
    smtp_message_t message;
    (void)session;
    (void)closure;
    va_start(more, closure);
    switch (event) {
        case SMTP_EV_CONNECT: print_once("CONNECT"); break;
        case SMTP_EV_DISCONNECT: print_once("DISCONNECT"); break;
        case SMTP_EV_MESSAGEDATA: print_once("MESSAGEDATA"); break;
        case SMTP_EV_SYNTAXWARNING: print_once("SYNTAXWARNING"); break;
        case SMTP_EV_MAILSTATUS:
            (void)va_arg(more, char const*);
            message = va_arg(more, smtp_message_t);
            print_event("MAILSTATUS", smtp_reverse_path_status(message));
            break;
        case SMTP_EV_RCPTSTATUS:
            (void)va_arg(more, char const*);
            print_event("RCPTSTATUS", smtp_recipient_status(va_arg(more, smtp_recipient_t)));
            break;
        case SMTP_EV_MESSAGESENT:
            message = va_arg(more, smtp_message_t);
            print_event("MESSAGESENT", smtp_message_transfer_status(message));
            break;
        default: {
            char text[32];
            snprintf(text, sizeof text, "event %d", event);
            print_once(text);
        }
    }
    va_end(more);
}

int main(int count, char** words) {
    smtp_session_t session = smtp_create_session();
    smtp_message_t message = NULL;
    int wants_dsn = count > 2 && strcmp(words[2], "dsn") == 0;
    if (count < 4 || session == NULL || !smtp_set_server(session, words[1])) return 64;
    smtp_set_hostname(session, "client.example");
    smtp_set_eventcb(session, on_event, NULL);
    for (int i = 2 + wants_dsn; i < count; i++) {
        if (strcmp(words[i], ",") == 0) {
            message = NULL;
        } else if (message == NULL) {
            message = smtp_add_message(session);
            smtp_set_reverse_path(message, words[i]);
            smtp_set_message_str(message, (void*)content);
            if (wants_dsn) smtp_dsn_set_ret(message, Ret_HDRS);
        } else {
            smtp_recipient_t one = smtp_add_recipient(message, words[i]);
            if (wants_dsn) smtp_dsn_set_notify(one, Notify_SUCCESS | Notify_DELAY);
        }
    }
    int held = smtp_start_session(session);
    smtp_destroy_session(session);
    return held ? 0 : 1;
}
