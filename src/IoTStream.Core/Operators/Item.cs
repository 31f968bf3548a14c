namespace IoTStream.Operators;

/// <summary>What is counted by its value rather than measured.</summary>
internal static class Item
{
    public static TItem NotNull<TItem>(TItem item) => item is null
        ? throw new InvalidOperationException("An item to be counted is null. Filter such records out before the window, or give the step an error policy.")
        : item;

    /// <summary>The natural order of items, the same in every culture; items without one are all alike.</summary>
    public static IComparer<TItem> Order<TItem>()
    {
        if (typeof(TItem) == typeof(string))
        {
            return (IComparer<TItem>)(object)StringComparer.Ordinal;
        }

        return typeof(IComparable<TItem>).IsAssignableFrom(typeof(TItem))
            ? Comparer<TItem>.Default
            : Comparer<TItem>.Create((_, _) => 0);
    }
}
