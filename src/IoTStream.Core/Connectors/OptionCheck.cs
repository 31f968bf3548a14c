namespace IoTStream.Connectors;

/// <summary>Checks of options where they are set, with messages that name the option.</summary>
internal static class OptionCheck
{
    public static int AtLeastOne(int value, string option) => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), $"{option} is {value}; it must be at least 1.");
}
