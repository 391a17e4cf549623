#include "callout/smtp_callback_verify.hpp"

#include "callout/verdict_word.hpp"

namespace callout {
namespace {

callback_answer as_answer(verification v) {
    callback_answer answer;
    answer.status = foreign_words_of(word_of(v)).momentum;
    answer.message = v.message;
    answer.details = std::move(v);
    return answer;
}

}  // namespace

boost::asio::awaitable<callback_answer> smtp_callback_verify(engine& with, std::string address,
                                                             std::optional<std::string> sender,
                                                             steady_time until) {
    auto const box = mailbox::parse(address);
    if (!box) co_return as_answer(verification_of(box.error()));
    request what(*box);
    if (sender) {
        auto const from = mailbox::parse(*sender);
        bool const is_null = !from && from.error() == errc::address_empty;
        if (!from && !is_null) {
            verification unusable(status::error, reason::bad_request);
            unusable.message = "501 5.1.7 the sender to ask with: " + from.error().message();
            co_return as_answer(std::move(unusable));
        }
        what.senders.push_back(is_null ? reverse_path() : reverse_path(*from));
    }
    auto found = co_await with.verify(std::move(what), until);
    co_return as_answer(std::move(found));
}

}  // namespace callout
