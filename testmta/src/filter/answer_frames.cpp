#include "filter/answer_frames.hpp"

#include <algorithm>

#include "milterproto/core/wire/codec.hpp"
#include "text/overloaded.hpp"

namespace testmta::filter {

namespace {

using core::answer;

std::string frame_of_edit(run::edit_is const& edit) {
    auto const part = [](std::optional<run::text_test> const& test) {
        return test ? test->value : std::string();
    };
    auto const subject = part(edit.subject);
    auto const value = part(edit.value);
    auto const strings = [](answer letter, std::initializer_list<std::string_view> words) {
        std::string out;
        core::append_strings(out, static_cast<char>(letter), words);
        return out;
    };
    auto const field = [&](answer letter, std::uint32_t usual, std::string_view content) {
        std::string out;
        core::append_indexed_field(out, letter, edit.index.value_or(usual), subject, content);
        return out;
    };
    auto const path = [&](answer plain, answer with_arguments) {
        return edit.value ? strings(with_arguments, {subject, value}) : strings(plain, {subject});
    };
    switch (edit.what) {
        case run::edit_kind::add_header: return strings(answer::add_header, {subject, value});
        case run::edit_kind::insert_header: return field(answer::insert_header, 0, value);
        case run::edit_kind::change_header: return field(answer::change_header, 1, value);
        case run::edit_kind::delete_header: return field(answer::change_header, 1, {});
        case run::edit_kind::replace_body: {
            std::string out;
            core::append_frame(out, static_cast<char>(answer::replace_body), subject);
            return out;
        }
        case run::edit_kind::change_from: return path(answer::change_sender, answer::change_sender);
        case run::edit_kind::add_rcpt: return path(answer::add_recipient, answer::add_recipient_args);
        case run::edit_kind::delete_rcpt: return strings(answer::delete_recipient, {subject});
        case run::edit_kind::quarantine: return strings(answer::quarantine, {subject});
    }
    return {};
}

/// A `%` is written twice, because MTAs halve it.
std::string doubled(std::string_view text) {
    std::string out;
    for (char const c : text) out.append(c == '%' ? 2 : 1, c);
    return out;
}

std::string frame_of_reply(run::reply_is const& reply) {
    auto rest = doubled(reply.text.value_or("as the script says"));
    std::string wire;
    for (auto is_last = false; !is_last;) {
        auto const end = rest.find('\n');
        is_last = end == std::string::npos;
        wire.append(wire.empty() ? "" : "\r\n")
            .append(std::to_string(reply.code))
            .append(is_last ? " " : "-");
        if (!reply.enhanced.empty()) wire.append(reply.enhanced).append(" ");
        wire.append(rest, 0, end);
        rest.erase(0, is_last ? rest.size() : end + 1);
    }
    std::string out;
    core::append_strings(out, static_cast<char>(answer::reply_code), {wire});
    return out;
}

std::string signs_of_progress(std::uint64_t count) {
    std::string out;
    for (std::uint64_t i = 0; i != count; ++i) core::append_answer(out, answer::progress);
    return out;
}

}  // namespace

std::string frames_before_answer(run::expectation const& said) {
    return std::visit(overloaded{
                          [](run::edit_is const& one) { return frame_of_edit(one); },
                          [](run::progress_is const& one) { return signs_of_progress(one.count.value); },
                          [](auto const&) { return std::string(); },
                      },
                      said);
}

std::string frame_of_answer(run::expectation const& said) {
    return std::visit(overloaded{
                          [](run::answer_is const& one) {
                              std::string out;
                              core::append_answer(out, one.what);
                              return out;
                          },
                          [](run::reply_is const& one) { return frame_of_reply(one); },
                          [](auto const&) { return std::string(); },
                      },
                      said);
}

core::option_set agreement_to(core::option_set const& offered, run::negotiated const& said) {
    core::option_set agreed;
    agreed.version = said.version.value_or(std::min(offered.version, core::newest_version));
    agreed.actions = said.actions.applied_to(offered.actions & core::action::all);
    agreed.steps = said.steps.applied_to(0);
    return agreed;
}

}  // namespace testmta::filter
