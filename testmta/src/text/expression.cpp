#include "text/expression.hpp"

#include <re2/re2.h>

namespace testmta::text {

namespace {

/// Of the compiled form, and of what is remembered while texts are compared.
constexpr std::int64_t most_memory = 2 * 1024 * 1024;

/// Texts are bytes: peers and clients may send what is not UTF-8.
RE2::Options options_for(expression::letters compared) {
    RE2::Options options(RE2::Latin1);
    options.set_case_sensitive(compared == expression::letters::as_written);
    options.set_log_errors(false);
    options.set_max_mem(most_memory);
    return options;
}

}  // namespace

expression::expression(std::string_view pattern, letters compared)
    : compiled_(
          std::make_shared<RE2>(re2::StringPiece(pattern.data(), pattern.size()), options_for(compared))) {
    if (!compiled_->ok()) throw mistake_in_expression(compiled_->error());
}

bool expression::is_found_in(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

int expression::groups() const noexcept {
    return compiled_->NumberOfCapturingGroups();
}

std::optional<std::string> expression::taken_out_of(std::string_view text) const {
    std::string found;
    if (!RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_, &found))
        return std::nullopt;
    return found;
}

std::string expression::left_of(std::string_view text) const {
    std::string rest(text);
    RE2::GlobalReplace(&rest, *compiled_, "");
    return rest;
}

std::string const& expression::text() const noexcept {
    return compiled_->pattern();
}

}  // namespace testmta::text
