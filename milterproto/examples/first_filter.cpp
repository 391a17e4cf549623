// The program around the filter of first_filter.hpp; first_filter_test.cpp tests it.
#include "first_filter.hpp"

#include <iostream>

using namespace milterproto;

int main(int count, char** arguments) {
    auto const where = socket_spec::parse(count == 2 ? arguments[1] : "inet:8890@127.0.0.1");
    auto const ran = where ? run(*where, [] { return make_filter(example::first_filter()); }) : where.error();
    if (!ran) std::cerr << ran.error().message() << '\n';
    return ran ? 0 : 1;
}
