using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>Of the contents of a window, those of keys whose result has not been given elsewhere before the job was started again.</summary>
/// <param name="contents">The contents.</param>
/// <param name="watermarks">How far the keys have got.</param>
/// <param name="last">The window's last instant.</param>
internal readonly ref struct AwaitedContents<TKey, TOut, TContents>(TContents contents, KeyWatermarks<TKey> watermarks, long last)
    : IWindowContents<TKey, TOut>
    where TKey : notnull
    where TContents : struct, IWindowContents<TKey, TOut>, allows ref struct
{
    private readonly TContents _contents = contents;

    public int Count => _contents.Count;

    /// <remarks>The lane itself may be at the window's end already when it is fired; a key that is ahead of it was before.</remarks>
    public bool Holds(int place) => _contents.Holds(place) && watermarks.StartOf(_contents.Key(place)) < last;

    public TKey Key(int place) => _contents.Key(place);

    public TOut Result(int place) => _contents.Result(place);
}
