"""Mutation testing of the pure rooms: does any unit test notice when a rule is turned round?"""
