namespace IoTStream.Repository.Tests;

/// <summary>The difference of two texts, by lines.</summary>
internal static class TextDiff
{
    /// <summary>Lines that only the first text has begin with '-', those that only the second has with '+'; each is preceded by the block that it is in.</summary>
    public static string Of(string before, string after)
    {
        string[] a = before.Split('\n'), b = after.Split('\n');
        int[,] common = CommonFrom(a, b);
        List<string> difference = [];
        string block = "", shown = "";
        for (int i = 0, j = 0; i < a.Length || j < b.Length;)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                block = a[i].Length > 0 && char.IsLetter(a[i][0]) ? a[i] : block;
                i++;
                j++;
                continue;
            }

            if (block != shown)
            {
                difference.Add("  " + block);
                shown = block;
            }

            bool removed = j == b.Length || (i < a.Length && common[i + 1, j] >= common[i, j + 1]);
            difference.Add(removed ? "- " + a[i++] : "+ " + b[j++]);
        }

        return string.Join('\n', difference);
    }

    // The length of the longest common subsequence of what follows each pair of lines.
    private static int[,] CommonFrom(string[] a, string[] b)
    {
        int[,] common = new int[a.Length + 1, b.Length + 1];
        for (int i = a.Length - 1; i >= 0; i--)
        {
            for (int j = b.Length - 1; j >= 0; j--)
            {
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        return common;
    }
}
