namespace IoTStream.Core.Tests.Oracle;

/// <summary>A program and what it runs on.</summary>
internal sealed record ProcessCase(ProcessProgram Program, WindowCase Input)
{
    public IEnumerable<ProcessCase> Shrink() => Input.Shrink().Select(smaller => this with { Input = smaller });

    public override string ToString() => $"{Program}\n{Input}";
}
