#include "milterproto/core/error.hpp"

#include <string>

namespace milterproto {

namespace {

struct cause {
    errc value;
    condition kind;
    char const* text;
};

constexpr cause causes[] = {
    {errc::frame_empty, condition::malformed, "a frame of length 0"},
    {errc::frame_too_long, condition::limit, "a frame longer than agreed"},
    {errc::frame_truncated, condition::malformed, "the connection ended inside a frame"},
    {errc::not_milter, condition::malformed, "the peer speaks text, not the milter protocol"},
    {errc::unknown_command, condition::malformed, "an unknown command"},
    {errc::payload_missing, condition::malformed, "a command without its payload"},
    {errc::payload_malformed, condition::malformed, "a payload that cannot be read"},
    {errc::too_many_parameters, condition::limit, "more parameters than a MAIL or RCPT may have"},
    {errc::too_many_recipients, condition::limit, "more recipients than a message may have"},
    {errc::version_too_old, condition::refused, "a protocol version below 2"},
    {errc::negotiation_refused, condition::refused, "the MTA does not offer what the filter requires"},
    {errc::unexpected_command, condition::illegal_order, "a command out of order"},
    {errc::reply_malformed, condition::malformed, "a reply that no MTA would take"},
    {errc::unknown_reply, condition::malformed, "an unknown reply"},
    {errc::peer_gone, condition::peer_gone, "the peer closed the connection"},
    {errc::negotiate_timeout, condition::timeout, "no negotiation in time"},
    {errc::packet_timeout, condition::timeout, "a frame did not end in time"},
    {errc::idle_timeout, condition::timeout, "nothing came in time"},
    {errc::write_timeout, condition::timeout, "the peer does not read"},
    {errc::stopped, condition::refused, "the server was stopped"},
    {errc::broken_off, condition::refused, "an exception broke the session off"},
    {errc::displaced, condition::refused, "it was idle, and another connection needed its place"},
    {errc::socket_spec_malformed, condition::malformed,
     "not a socket: expected unix:/path, inet:PORT@HOST, inet:HOST:PORT, inet6:PORT@HOST or fd:NUMBER"},
    {errc::socket_path_too_long, condition::limit, "a unix socket's path has at most 107 bytes"},
    {errc::no_such_group, condition::refused, "no such group"},
    {errc::socket_path_in_use, condition::refused, "the path exists and is not a stale socket"},
    {errc::no_such_service, condition::refused, "no TCP service of that name is known here"},
    {errc::not_a_socket, condition::refused, "no bound stream socket has that descriptor"},
    {errc::no_such_stage, condition::malformed, "not a stage of macros: the stages are 0 to 6"},
    {errc::macros_set_twice, condition::illegal_order, "the macros of this stage were asked for twice"},
    {errc::edit_misplaced, condition::illegal_order,
     "an edit at another time than the end of a message, before the verdict"},
    {errc::edit_not_agreed, condition::refused, "the MTA did not agree to such an edit"},
    {errc::edit_malformed, condition::malformed,
     "an edit with an empty word, a NUL, a name that no header has, or an index above 2147483647"},
    {errc::edit_line_end, condition::malformed,
     "an edit with a line end that does not fold: a header's value may have CR LF, or LF, before a blank or "
     "a tab; "
     "all else is one line"},
    {errc::edit_too_long, condition::limit, "an edit longer than the MTA takes"},
    {errc::verdict_malformed, condition::malformed, "not a verdict"},
    {errc::agreement_missing, condition::illegal_order, "the offer was not answered with an agreement"},
    {errc::agreement_malformed, condition::malformed, "an agreement that cannot be read"},
    {errc::version_not_offered, condition::refused, "an agreement to a version that was not offered"},
    {errc::actions_not_offered, condition::refused, "an agreement to actions that were not offered"},
    {errc::steps_not_offered, condition::refused, "an agreement to steps that were not offered"},
    {errc::symbol_list_malformed, condition::malformed, "a list of macros that does not end"},
    {errc::reply_with_payload, condition::malformed, "bytes after a reply that has no payload"},
    {errc::reply_out_of_place, condition::illegal_order, "a reply that does not fit its command"},
    {errc::reply_unasked_for, condition::illegal_order, "a reply that nobody asked for"},
    {errc::change_malformed, condition::malformed, "a change that cannot be read"},
    {errc::change_interrupted, condition::illegal_order, "a new body that was interrupted"},
    {errc::change_too_large, condition::limit, "more changes than the MTA holds"},
    {errc::command_too_long, condition::limit, "a command longer than a frame may be"},
    {errc::reply_timeout, condition::timeout, "the filter did not answer in time"},
    {errc::end_of_message_timeout, condition::timeout, "the filter did not decide in time"},
};

cause const* find(int value) noexcept {
    for (auto const& one : causes) {
        if (static_cast<int>(one.value) == value) return &one;
    }
    return nullptr;
}

class error_category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "milterproto"; }
    std::string message(int value) const override {
        auto const* one = find(value);
        return one != nullptr ? one->text : "unknown error";
    }
    boost::system::error_condition default_error_condition(int value) const noexcept override {
        auto const* one = find(value);
        return one != nullptr ? make_error_condition(one->kind)
                              : boost::system::error_condition(value, *this);
    }
};

class condition_category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "milterproto condition"; }
    std::string message(int value) const override {
        switch (static_cast<condition>(value)) {
            case condition::malformed: return "malformed";
            case condition::limit: return "over a limit";
            case condition::illegal_order: return "out of order";
            case condition::peer_gone: return "peer gone";
            case condition::timeout: return "out of time";
            case condition::refused: return "refused";
        }
        return "unknown condition";
    }
};

}  // namespace

boost::system::error_category const& category() noexcept {
    static error_category const instance;
    return instance;
}

boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), category()};
}

boost::system::error_condition make_error_condition(condition c) noexcept {
    static condition_category const instance;
    return {static_cast<int>(c), instance};
}

}  // namespace milterproto
