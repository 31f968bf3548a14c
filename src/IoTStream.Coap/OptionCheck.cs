namespace IoTStream.Coap;

/// <summary>Checks options.</summary>
internal static class OptionCheck
{
    /// <exception cref="ArgumentException">The condition does not hold.</exception>
    public static void That(bool condition, string option, string demand)
    {
        if (!condition)
        {
            throw new ArgumentException($"{option} {demand}.", option);
        }
    }
}
