namespace IoTStream.Operators;

/// <summary>What a window that is being fired holds: keys at places that follow each other, some of which may be empty.</summary>
internal interface IWindowContents<TKey, out TOut>
{
    int Count { get; }

    /// <summary>Whether there is a result at a place.</summary>
    bool Holds(int place);

    TKey Key(int place);

    /// <summary>The result at a place, which takes a function of the user's.</summary>
    TOut Result(int place);
}
