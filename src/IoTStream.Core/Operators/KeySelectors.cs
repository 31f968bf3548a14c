namespace IoTStream.Operators;

/// <summary>What all steps with keys demand of one.</summary>
internal static class KeySelectors
{
    public static TKey NotNull<TKey>(TKey key)
        where TKey : notnull => key ?? throw new InvalidOperationException(
            "The key selector of KeyBy returned null: every record needs a key. Filter such records out before KeyBy.");
}
