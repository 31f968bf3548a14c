namespace IoTStream.Benchmarks.Macro;

/// <summary>The runner's command line.</summary>
internal sealed record MacroOptions(int Events, string? JsonPath, IReadOnlySet<string>? Only)
{
    public const string Usage =
        "macro [--events N] [--json FILE] [--only W1,W2]   (10,000,000 events by default; all workloads by default)";

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It is not as <see cref="Usage"/> says.</exception>
    public static MacroOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new MacroOptions(10_000_000, null, null);
        for (int i = 0; i < arguments.Count; i += 2)
        {
            string value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{arguments[i]} needs a value. {Usage}");
            options = arguments[i] switch
            {
                "--events" when int.TryParse(value, out int events) && events > 0 => options with { Events = events },
                "--json" => options with { JsonPath = value },
                "--only" => options with { Only = value.Split(',').ToHashSet(StringComparer.OrdinalIgnoreCase) },
                _ => throw new FormatException($"'{arguments[i]} {value}' is not understood. {Usage}"),
            };
        }

        return options;
    }
}
