namespace IoTStream.Repository.Tests.Layers;

[Parallelizable(ParallelScope.All)]
public sealed class InstructionsTests
{
    // Operands are made of 0x28, which would be a call if it were taken for an instruction.
    [TestCase("2A", TestName = "no operand")]
    [TestCase("1F 28 2A", TestName = "a small integer")]
    [TestCase("20 28282828 2A", TestName = "an integer")]
    [TestCase("21 2828282828282828 2A", TestName = "a long integer")]
    [TestCase("22 28282828 2A", TestName = "a float")]
    [TestCase("23 2828282828282828 2A", TestName = "a double")]
    [TestCase("FE09 2828 2A", TestName = "a variable's number")]
    [TestCase("45 02000000 28282828 28282828 2A", TestName = "jump targets")]
    [TestCase("72 28282828 2A", TestName = "a string")]
    public void Operands_are_not_taken_for_instructions(string code) =>
        Instructions.Tokens(Convert.FromHexString(code.Replace(" ", ""))).Should().BeEmpty();

    [TestCase("28 01000006 2A", TestName = "a call")]
    [TestCase("7B 01000006 2A", TestName = "a field")]
    [TestCase("FE15 01000006 2A", TestName = "a type after a code of two bytes")]
    [TestCase("45 01000000 28282828 28 01000006 2A", TestName = "a call after jump targets")]
    public void Tokens_of_members_are_found(string code) =>
        Instructions.Tokens(Convert.FromHexString(code.Replace(" ", ""))).Should().Equal(0x06000001);
}
