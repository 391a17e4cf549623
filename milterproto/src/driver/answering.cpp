#include "answering.hpp"

namespace milterproto::detail {

core::answered answering::send(any_verdict const& verdict) {
    if (verdict.reply() == nullptr) return machine_.answer(verdict.code());
    return machine_.answer(verdict.code(), verdict.reply()->wire(charset()));
}

answering::outcome answering::answer(core::filter_event const& event, any_verdict& verdict) {
    if (!is_answered(event)) return outcome::as_given;
    bool const is_debt = owes();
    if (is_debt) verdict = core::answer::tempfail;
    bool const is_readable = verdict.reply() == nullptr || verdict.reply()->is_readable_in(charset());
    if (send(verdict) == core::answered::sent) return is_readable ? outcome::as_given : outcome::in_ascii;
    verdict = core::answer::proceed;
    return is_debt ? outcome::as_given : outcome::misplaced;
}

any_verdict answering::answer_exception(core::filter_event const& event) {
    any_verdict const failure = core::answer::tempfail;
    if (!is_answered(event) || send(failure) == core::answered::sent) return failure;
    bool const of_client =
        std::holds_alternative<connect_event>(event) || std::holds_alternative<helo_event>(event);
    (of_client ? owed_to_connection_ : owed_to_message_) = true;
    return core::answer::proceed;
}

}  // namespace milterproto::detail
