#include "support/callout_replies.hpp"

#include <fstream>
#include <istream>
#include <optional>
#include <stdexcept>

namespace test {
namespace {

constexpr std::string_view columns = "provider,code,enhanced,text,truth,stage,sender,source";

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

/// Returns the lines that " | " separates.
std::vector<std::string> lines_of(std::string const& text) {
    constexpr std::string_view separator = " | ";
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (auto at = text.find(separator); at != text.npos; at = text.find(separator, from)) {
        lines.push_back(text.substr(from, at - from));
        from = at + separator.size();
    }
    lines.push_back(text.substr(from));
    return lines;
}

/// Reads a field of RFC 4180 up to its comma or line end, which it leaves in `end`.
std::string read_field(std::istream& in, char& end) {
    std::string field;
    bool quoted = false;
    for (char c = 0; in.get(c);) {
        if (c == '"' && quoted && in.peek() == '"') {
            field += static_cast<char>(in.get());
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == ',' || c == '\n')) {
            end = c;
            return field;
        } else {
            field += c;
        }
    }
    end = '\n';
    return field;
}

std::optional<std::vector<std::string>> read_record(std::istream& in) {
    if (in.peek() == std::istream::traits_type::eof()) return std::nullopt;
    std::vector<std::string> fields;
    for (char end = ','; end == ',';) fields.push_back(read_field(in, end));
    return fields;
}

}  // namespace

std::string corpus_row::wire(std::string_view address, std::string_view ip) const {
    auto filled = text;
    auto const at = address.find('@');
    replace_all(filled, "{a}", address);
    replace_all(filled, "{l}", address.substr(0, at));
    replace_all(filled, "{d}", address.substr(at + 1));
    replace_all(filled, "{ip}", ip);
    auto const lines = lines_of(filled);
    std::string out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        out += code + (i + 1 < lines.size() ? '-' : ' ');
        if (!enhanced.empty()) out += enhanced + ' ';
        out += lines[i] + "\r\n";
    }
    return out;
}

std::string corpus_row::shown() const {
    return "replies.csv:" + std::to_string(line) + ": " + truth + ", " + provider + ", " + stage + ": " +
           code + ' ' + enhanced + (enhanced.empty() ? "" : " ") + text;
}

std::vector<corpus_row> read_reply_corpus(std::string const& file) {
    std::ifstream in(file, std::ios::binary);
    std::string heading;
    if (!std::getline(in, heading) || heading != columns)
        throw std::runtime_error(file + " does not begin with its columns");
    std::vector<corpus_row> rows;
    while (auto const fields = read_record(in)) {
        corpus_row row;
        row.line = rows.size() + 2;  // no field has a line end, which a test shows
        std::string* const into[] = {&row.provider, &row.code,  &row.enhanced, &row.text,
                                     &row.truth,    &row.stage, &row.sender,   &row.source};
        if (fields->size() != std::size(into))
            throw std::runtime_error(file + ':' + std::to_string(row.line) + " does not have 8 columns");
        for (std::size_t i = 0; i < fields->size(); ++i) *into[i] = (*fields)[i];
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace test
