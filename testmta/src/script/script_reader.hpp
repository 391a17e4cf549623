#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "script/scope.hpp"
#include "script/script_parser.hpp"
#include "script/statement_list.hpp"

namespace testmta::run {

/// Reads the statements of a script, those of a repeated block several times, and makes tests of them. A
/// mistake ends only its own line, but a block whose first line is wrong is skipped.
class script_reader {
public:
    script_reader(command_line_settings const& by_command_line, text::sources& files, text::mistakes& wrong);

    void read_script(text::source file);

    std::vector<test> tests;

private:
    /// A statement of a file. The words of a block's first line are read before its body.
    struct here {
        std::shared_ptr<statement_list const> file;
        std::size_t at;
        text::statement const& statement() const { return (*file)[at]; }
    };
    struct definition {
        std::vector<std::string> parameters;
        statement_range body;
        bool is_good;
    };
    /// Parses a statement. Returns the index of the next one.
    using handler = std::size_t (script_reader::*)(text::cursor&, scope&, here const&);

    std::shared_ptr<statement_list const> add_file(text::source file);
    void define_built_in();
    void read_lines(statement_range const& lines, scope& around);
    std::size_t parse_line(text::cursor& line, scope& around, here const& where);
    static text::cursor words_of(text::statement const& line, scope const& around);

    // steps
    std::size_t parse_step_line(text::cursor& line, scope& around, here const& where);
    void add_late_line(std::vector<step> const& expected, bool is_doubtful, scope& around, here const& where);
    void add_step(step what, scope& around);
    void add_implied(step const& what, scope& around);
    void push(node what, scope& around);
    void place(step& what, scope const& around) const;

    // settings
    std::size_t parse_set(text::cursor& line, scope& around, here const& where);
    std::size_t parse_dialect(text::cursor& line, scope& around, here const& where);
    std::size_t parse_milter(text::cursor& line, scope& around, here const& where);
    std::size_t parse_timeout(text::cursor& line, scope& around, here const& where);
    std::size_t parse_implicit(text::cursor& line, scope& around, here const& where);
    std::size_t parse_macros(text::cursor& line, scope& around, here const& where);
    std::size_t parse_needs(text::cursor& line, scope& around, here const& where);
    std::size_t parse_tag(text::cursor& line, scope& around, here const& where);
    std::size_t parse_include(text::cursor& line, scope& around, here const& where);

    // blocks
    std::size_t parse_test(text::cursor& line, scope& around, here const& where);
    std::size_t parse_repeat(text::cursor& line, scope& around, here const& where);
    std::size_t parse_for(text::cursor& line, scope& around, here const& where);
    std::size_t parse_if(text::cursor& line, scope& around, here const& where);
    std::size_t parse_session(text::cursor& line, scope& around, here const& where);
    std::size_t parse_parallel(text::cursor& line, scope& around, here const& where);
    std::size_t parse_together(text::cursor& line, scope& around, here const& where);
    std::size_t parse_define(text::cursor& line, scope& around, here const& where);
    std::size_t parse_call(text::cursor& line, scope& around, here const& where);
    std::size_t parse_use(text::cursor& line, scope& around, here const& where);
    std::size_t parse_stray_else(text::cursor& line, scope& around, here const& where);
    std::size_t parse_stray_end(text::cursor& line, scope& around, here const& where);

    void choose_now(bool is_true, statement_range const& then, statement_range const& otherwise,
                    scope& around);
    void choose_later(choice what, statement_range const& then, statement_range const& otherwise,
                      scope& around);
    void check_only(statement_range const& lines, scope const& around);
    bool check_definition(definition const& what, scope const& around);
    /// Returns the lines of the block. A block without "end" extends to the end of the file, so that its
    /// lines are checked for mistakes of their own.
    statement_range body_of(here const& head);
    void enter(scope& block, std::size_t at) const;

    command_line_settings const& command_line_;
    text::sources& files_;
    text::mistakes& wrong_;
    std::map<std::string, std::shared_ptr<statement_list const>, std::less<>> included_;
    std::vector<std::string> including_;  ///< the files that are being read, each included by the one before
    std::map<std::string, definition, std::less<>> definitions_;
    std::map<std::string, definition, std::less<>> built_in_;
    std::size_t steps_ = 0;         ///< of the test under way
    std::size_t steps_of_all_ = 0;  ///< of all tests
    std::size_t octets_ = 0;        ///< that they send
};

}  // namespace testmta::run
