#include "milterproto/core/filter/edits.hpp"

#include <algorithm>
#include <utility>

#include "milterproto/core/limits.hpp"
#include "milterproto/core/wire/codec.hpp"

namespace milterproto::core {

namespace {

/// Returns whether it is a field name of RFC 5322. An MTA takes any bytes, and a name with a line end in it
/// would be two headers.
bool is_field_name(std::string_view name) noexcept {
    return !name.empty() &&
           std::ranges::all_of(name, [](unsigned char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

/// Returns the value with folds as the MTAs want them, LF alone (peculiarity D29). A line end that does not
/// fold would begin a header of its own, now or at the next hop: some MTAs take a CR alone for one.
result<std::string> folded(std::string_view value) {
    std::string text;
    text.reserve(value.size() + 1);
    for (std::size_t at = 0; at != value.size(); ++at) {
        if (value[at] == '\0') return errc::edit_malformed;
        if (value[at] == '\r' && !value.substr(at + 1).starts_with('\n')) return errc::edit_line_end;
        if (value[at] == '\r') continue;
        if (value[at] == '\n') {
            auto const next_line = value.substr(at + 1);
            if (!next_line.starts_with(' ') && !next_line.starts_with('\t')) return errc::edit_line_end;
        }
        text.push_back(value[at]);
    }
    return text;
}

/// Fails unless the text is one line, as an address or a text of the SMTP dialogue is.
result<void> check_line(std::string_view text) noexcept {
    if (text.find_first_of("\r\n") != std::string_view::npos) return errc::edit_line_end;
    if (text.empty() || text.find('\0') != std::string_view::npos) return errc::edit_malformed;
    return {};
}

}  // namespace

result<void> edits::check(std::uint32_t action) const noexcept {
    if (!is_open()) return errc::edit_misplaced;
    if ((agreed_.actions & action) != action) return errc::edit_not_agreed;
    return {};
}

result<void> edits::add_field(answer letter, std::uint32_t action, std::uint32_t index, std::string_view name,
                              header_value value) {
    if (auto const may = check(action); !may) return may;
    auto text = folded(value.text());
    if (text.has_error()) return text.error();
    if (!is_field_name(name)) return errc::edit_malformed;
    bool const leading_space_counts = (agreed_.steps & step::header_leading_space) != 0;
    if (leading_space_counts && !value.is_verbatim()) text->insert(0, 1, ' ');
    auto const index_bytes = letter == answer::add_header ? 0U : 4U;
    if (index_bytes + name.size() + text->size() + 2 > payload_limit_) return errc::edit_too_long;
    if (index_bytes == 0) {
        append_strings(*output_, static_cast<char>(letter), {name, *text});
    } else {
        append_indexed_field(*output_, letter, index, name, *text);
    }
    return {};
}

result<void> edits::add_header(std::string_view name, header_value value) {
    return add_field(answer::add_header, action::add_headers, 0, name, value);
}

result<void> edits::insert_header(std::uint32_t index, std::string_view name, header_value value) {
    // Postfix and libmilter take an index that is negative as a signed number for a fault of the filter.
    if (index > limits::header_index) return errc::edit_malformed;
    return add_field(answer::insert_header, action::add_headers, index, name, value);
}

result<void> edits::change_header(std::string_view name, std::uint32_t nth, header_value value) {
    if (value.text().empty()) return remove_header(name, nth);
    if (nth > limits::header_index) return errc::edit_malformed;
    return add_field(answer::change_header, action::change_headers, nth, name, value);
}

result<void> edits::remove_header(std::string_view name, std::uint32_t nth) {
    if (nth > limits::header_index) return errc::edit_malformed;
    return add_field(answer::change_header, action::change_headers, nth, name, verbatim(""));
}

result<void> edits::add_path(answer letter, std::uint32_t action, std::string_view path,
                             std::string_view arguments) {
    if (auto const may = check(action); !may) return may;
    if (auto const may = check_line(path); !may) return may;
    if (!arguments.empty()) {
        if (auto const may = check_line(arguments); !may) return may;
    }
    if (path.size() + arguments.size() + 2 > payload_limit_) return errc::edit_too_long;
    if (arguments.empty()) {
        append_strings(*output_, static_cast<char>(letter), {path});
    } else {
        append_strings(*output_, static_cast<char>(letter), {path, arguments});
    }
    return {};
}

result<void> edits::change_sender(std::string_view path, std::string_view arguments) {
    return add_path(answer::change_sender, action::change_sender, path, arguments);
}

result<void> edits::add_recipient(std::string_view path) {
    return add_path(answer::add_recipient, action::add_recipients, path, {});
}

result<void> edits::add_recipient(std::string_view path, std::string_view arguments) {
    return add_path(answer::add_recipient_args, action::add_recipient_args, path, arguments);
}

result<void> edits::remove_recipient(std::string_view path) {
    return add_path(answer::delete_recipient, action::delete_recipients, path, {});
}

result<void> edits::quarantine(std::string_view reason) {
    return add_path(answer::quarantine, action::quarantine, reason, {});
}

result<void> edits::replace_body(std::string_view bytes) {
    if (auto const may = check(action::change_body); !may) return may;
    if (bytes.size() > limits::new_body - body_.size()) return errc::edit_too_long;
    replaces_body_ = true;
    body_.append(bytes);
    return {};
}

result<void> edits::progress() {
    if (!is_open()) return errc::edit_misplaced;
    append_answer(*output_, answer::progress);
    return {};
}

void edits::open(option_set const& agreed, std::size_t payload_limit, std::string& output) noexcept {
    agreed_ = agreed;
    payload_limit_ = payload_limit;
    output_ = &output;
}

void edits::close() {
    auto* const output = std::exchange(output_, nullptr);
    auto const body = std::exchange(body_, {});
    if (output == nullptr || !std::exchange(replaces_body_, false)) return;
    std::string_view rest = body;
    do {
        auto const chunk = rest.substr(0, payload_limit_);
        append_frame(*output, static_cast<char>(answer::replace_body), chunk);
        rest.remove_prefix(chunk.size());
    } while (!rest.empty());
}

}  // namespace milterproto::core
