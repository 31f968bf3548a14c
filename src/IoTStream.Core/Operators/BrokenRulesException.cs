namespace IoTStream.Operators;

/// <summary>Why a record was not let through: it breaks rules of which at least one makes it bad.</summary>
public sealed class BrokenRulesException : Exception
{
    internal BrokenRulesException(IReadOnlyList<string> brokenRules)
        : base($"The record breaks {string.Join(", ", brokenRules.Select(rule => $"'{rule}'"))}.") => BrokenRules = brokenRules;

    /// <summary>The names of the rules that it breaks, in the order in which the rules were given.</summary>
    public IReadOnlyList<string> BrokenRules { get; }
}
